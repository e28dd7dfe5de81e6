"""A case in the words of the authored files, in the many ways that mean the same."""
