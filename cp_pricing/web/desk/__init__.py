"""A question of an address in, the page of a deal desk out; it knows no HTTP."""
