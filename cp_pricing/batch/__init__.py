"""Requests of any number in, results in their order out, safe to interrupt; no decision here."""
