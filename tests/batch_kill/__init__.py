"""Batches that are killed at any moment and resumed end as if nothing had happened."""
