"""Results in, numbers as people write them and sentences out; no solver, no page."""
