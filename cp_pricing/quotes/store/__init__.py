"""Entries of a log and the documents they name → kept for good; knows nothing of prices."""
