"""Answers → quotes on record, signed, sent and verified; knows neither the web nor a terminal."""
