"""The oracle by itself: the specification's example, and books whose answers are worked by hand."""
