"""Many requests: rows as they are read, workers that die, jobs that are resumed, an engine."""
