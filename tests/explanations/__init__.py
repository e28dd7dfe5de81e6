"""The explanations against brute force: every subset of constraints, every configuration.

The expected side is worked out with `tests.oracle` alone, on grids so small that all of them can
be tried.
"""
