"""Numbers, terms and facts in, phrases, sentences and cells of tables out; no whole result."""
