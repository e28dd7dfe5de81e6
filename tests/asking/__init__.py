"""Questions in one line: what they are read as, and every fault with its place."""
