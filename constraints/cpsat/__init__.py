"""Expressions in, proven answers, conflicts and corrections out; the only room with CP-SAT."""
