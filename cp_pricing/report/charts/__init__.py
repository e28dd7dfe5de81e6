"""Figures in, places in pixels out, which the templates draw as SVG; nothing is computed here."""
