"""Results in, one self-contained HTML file out; nothing is solved here."""
