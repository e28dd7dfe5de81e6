"""Texts about customers → profiles, their draws and sizes, checked; not what they are sold."""
