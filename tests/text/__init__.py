"""Text to nodes and numbers: YAML, JSON and numerals, each with its place."""
