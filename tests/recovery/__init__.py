"""Histories of a known truth, and whether fits find it: `python -m tests.recovery`."""
