"""Tests of pilot."""
