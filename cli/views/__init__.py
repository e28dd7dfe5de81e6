"""Results in, tables and text for a terminal out; options and exit statuses are not known."""
