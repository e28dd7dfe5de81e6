"""Customer-months of use in, the few scenarios that stand for them out; no retention."""
