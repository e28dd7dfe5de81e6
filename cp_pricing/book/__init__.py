"""Authored files in, one checked price book and its requests out; nothing is computed yet."""
