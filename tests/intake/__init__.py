"""Files of strangers: rows with their places, and the requests that they make."""
