"""Exact lines over one open name, and what is claimed of them to CP-SAT."""
