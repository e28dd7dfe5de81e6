"""`policy analyze` and `policy compare` against trying every deal of random small policies."""
