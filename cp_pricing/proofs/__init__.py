"""A whole policy in, what holds of all deals within its bounds out; no single request."""
