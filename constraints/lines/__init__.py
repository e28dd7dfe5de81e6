"""Expressions in, exact lines and ranges over one open name out, their claims left to CP-SAT."""
