"""What a catalog says in; plans, their rates and how far these can be tuned, out; no policy."""
