"""What several tests need, in one place; no tests."""
