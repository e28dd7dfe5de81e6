"""A batch on a Ray cluster of two nodes, one of which is killed in the middle."""
