"""Ladders and verdicts: the published example, prices read off lines, the time limit."""
