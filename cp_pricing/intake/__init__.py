"""Files of strangers in, rows with their places and the requests they make out; none is solved."""
