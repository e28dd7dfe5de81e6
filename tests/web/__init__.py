"""The page and the API: what an address asks, who solves it, what a browser gets."""
