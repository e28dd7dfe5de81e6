"""The exact oracle: cases at random, their answers by brute force, and their files as text.

Written from the specification and `docs/decisions.md` alone; it shares no code with the packages
that it checks.
"""

from tests.oracle.answer import Answer
from tests.oracle.case import Case
from tests.oracle.enumeration import solve
from tests.oracle.generator import generate, generate_card, generate_draws, generate_edges
from tests.oracle.writing.rendering import render

__all__ = [
    "Answer",
    "Case",
    "generate",
    "generate_card",
    "generate_draws",
    "generate_edges",
    "render",
    "solve",
]
