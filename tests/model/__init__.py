"""The pricing model: retention by hand and as published, and what folds away."""
