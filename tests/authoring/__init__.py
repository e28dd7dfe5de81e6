"""What policy authors work with: what is told of a policy, its layout, tests and schemas."""
