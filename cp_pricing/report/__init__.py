"""Results in, one self-contained HTML file or a spreadsheet out; nothing is decided here."""
