"""Batches whose disk or memory fails at any moment end as if nothing had happened, or say why."""
