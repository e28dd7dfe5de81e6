"""A small declarative constraint language and its way to CP-SAT; it knows no pricing.

Nothing is imported before it is used: the parser costs some, and the solver is loaded by the
first solve. The rest of the package is public too, module by module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constraints.cpsat.compiled import Goal
    from constraints.cpsat.optimisation import Problem
    from constraints.cpsat.search import Optimal
    from constraints.language.checking import check
    from constraints.language.dimensions import Dimension, Symbol, Unit, Vocabulary
    from constraints.language.domains import Domain
    from constraints.language.evaluation import Evaluator
    from constraints.language.reading import read
    from constraints.language.syntax import parse

_HOMES = {
    "Dimension": "constraints.language.dimensions",
    "Domain": "constraints.language.domains",
    "Evaluator": "constraints.language.evaluation",
    "Goal": "constraints.cpsat.compiled",
    "Optimal": "constraints.cpsat.search",
    "Problem": "constraints.cpsat.optimisation",
    "Symbol": "constraints.language.dimensions",
    "Unit": "constraints.language.dimensions",
    "Vocabulary": "constraints.language.dimensions",
    "check": "constraints.language.checking",
    "parse": "constraints.language.syntax",
    "read": "constraints.language.reading",
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
