"""A plan and the draws of a profile in, what deals are worth in each out; not which is asked."""
