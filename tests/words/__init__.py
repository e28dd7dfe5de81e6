"""What people read: numbers, terms, facts in words."""
