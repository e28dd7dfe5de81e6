"""Results in, one self-contained file out, HTML, PDF or a spreadsheet; nothing is decided here."""
