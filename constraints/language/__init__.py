"""The text of a rule in, checked expressions and their exact values out; no solver."""
