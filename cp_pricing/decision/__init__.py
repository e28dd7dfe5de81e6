"""A deal in, the best answer of each approval level and the verdict out; not why."""
