"""The way to CP-SAT: models and their numbers, proven answers, minimal conflicts."""
