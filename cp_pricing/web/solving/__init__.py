"""Tasks in, their replies out: worker processes, the price book in force, answers that are kept."""
