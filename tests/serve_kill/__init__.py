"""The server killed in the middle of writing quotes: what it acknowledged is there."""
