"""A deal and its answer in, what binds, conflicts and would do instead out; not in words."""
