"""Price books: what is read, what is inherited, and every fault with its place."""
