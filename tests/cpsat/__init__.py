"""Tests of cpsat."""
