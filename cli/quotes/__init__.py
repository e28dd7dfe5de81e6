"""The commands of the record of quotes: read options, call, show; no logic."""
