"""The commands from end to end: what they write, where, for whom, and how they end."""
