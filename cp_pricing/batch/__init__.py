"""Rows of any number in, results in their order out, safe to interrupt; not how one is decided."""
