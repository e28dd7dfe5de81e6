"""Text in, nodes and exact numbers with their line and column out; no language yet."""
