"""The price books that are shipped or shown: every answer worked out again."""
