"""Processes that write to one record are killed at any moment: what they were told stays true."""
