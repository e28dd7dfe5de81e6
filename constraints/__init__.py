"""A small declarative constraint language and its way to CP-SAT; it knows no pricing.

Nothing is imported before it is used: the parser costs some, and the solver is loaded by the
first solve. The rest of the package is public too, module by module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constraints.checking import check
    from constraints.dimensions import Dimension, Symbol, Unit, Vocabulary
    from constraints.domains import Domain
    from constraints.evaluation import Evaluator
    from constraints.optimisation import Goal, Optimal, Problem
    from constraints.reading import read
    from constraints.syntax import parse

_HOMES = {
    "Dimension": "constraints.dimensions",
    "Domain": "constraints.domains",
    "Evaluator": "constraints.evaluation",
    "Goal": "constraints.optimisation",
    "Optimal": "constraints.optimisation",
    "Problem": "constraints.optimisation",
    "Symbol": "constraints.dimensions",
    "Unit": "constraints.dimensions",
    "Vocabulary": "constraints.dimensions",
    "check": "constraints.checking",
    "parse": "constraints.syntax",
    "read": "constraints.reading",
}

__all__ = [
    "Dimension",
    "Domain",
    "Evaluator",
    "Goal",
    "Optimal",
    "Problem",
    "Symbol",
    "Unit",
    "Vocabulary",
    "check",
    "parse",
    "read",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        message = f"module `constraints` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
