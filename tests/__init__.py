"""Tests of cp-pricing, in the rooms of its packages; beside them laws, oracle and searches."""
