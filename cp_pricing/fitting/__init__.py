"""Two plain tables in, profiles with draws and how well they fit out; nothing of price response."""
