"""The same rules in CPMpy, which lives in an environment of its own (docs/performance.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cpmpy as cp  # type: ignore[import-not-found]
from cpmpy.solvers.ortools import CPM_ortools  # type: ignore[import-not-found]
from cpmpy.tools.explain.marco import marco  # type: ignore[import-not-found]
from cpmpy.tools.explain.mus import mus, quickxplain, smus  # type: ignore[import-not-found]
from rulesets import ALLOWANCES, PRICES, Rule, Sets


def _exported(made: Sequence[Rule]) -> tuple[list[Any], dict[int, int]]:
    """The rules as CPMpy's expressions, and the place of each by its identity."""
    price = cp.intvar(0, PRICES, name="price")
    allowance = cp.intvar(0, ALLOWANCES, name="allowance")
    soft = []
    for rule in made:
        found = [
            _inequality(i.price, price, i.allowance, allowance) >= i.least
            for i in rule.alternatives
        ]
        soft.append(found[0] if len(found) == 1 else cp.any(found))
    return soft, {id(expression): place for place, expression in enumerate(soft)}


def _inequality(a: int, price: Any, b: int, allowance: Any) -> Any:  # noqa: ANN401 - untyped
    terms = [c * variable for c, variable in ((a, price), (b, allowance)) if c]
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


@contextmanager
def _one_worker() -> Iterator[None]:
    """CP-SAT with one worker, as ours; CPMpy's functions take no parameters for it."""
    original = CPM_ortools.solve

    def solve(self: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - untyped
        return original(self, *args, **{"num_workers": 1, **options})

    CPM_ortools.solve = solve
    try:
        yield
    finally:
        CPM_ortools.solve = original


def _first(function: Callable[..., list[Any]], made: Sequence[Rule]) -> Sets:
    soft, places = _exported(made)
    return frozenset({frozenset(places[id(member)] for member in function(soft, solver="ortools"))})


def _all(made: Sequence[Rule]) -> Sets:
    soft, places = _exported(made)
    found = marco(soft, solver="ortools", map_solver="ortools", return_mcs=False)
    return frozenset(frozenset(places[id(member)] for member in members) for _, members in found)


def _alone(explain: Callable[[Sequence[Rule]], Sets]) -> Callable[[Sequence[Rule]], Sets]:
    def run(made: Sequence[Rule]) -> Sets:
        with _one_worker():
            return explain(made)

    return run


def _firsts() -> dict[str, Callable[[Sequence[Rule]], Sets]]:
    functions = {"mus": mus, "quickxplain": quickxplain, "smus": smus}
    plain = {name: lambda made, f=function: _first(f, made) for name, function in functions.items()}
    return {"mus": plain["mus"]} | {f"{name}, 1 worker": _alone(f) for name, f in plain.items()}


FIRST = _firsts()
ALL = {"marco": _all, "marco, 1 worker": _alone(_all)}
