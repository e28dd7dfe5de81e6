"""Tests of cp-pricing."""
