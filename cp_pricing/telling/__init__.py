"""A result and what it rests on in, the seller's or the customer's sentences out; no solver."""
