"""Two checkouts given the same commands: nothing that a user sees may differ."""
