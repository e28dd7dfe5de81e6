"""Random expressions over two small grids and a yes-or-no choice, of every kind of node."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

from hypothesis import strategies as st

from constraints.language.domains import Domain
from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Equivalence,
    Expression,
    Extremum,
    Implication,
    Junction,
    Membership,
    Name,
    Negation,
    Not,
    Number,
    Table,
    Truth,
    Value,
)

X = Domain.grid(Fraction(-1), Fraction(2), Fraction(1, 2))
Y = Domain.of([Fraction(0), Fraction(1), Fraction(5, 2), Fraction(7)])
CHOICE = "b"
ROWS: dict[tuple[Value, ...], Fraction] = {
    (y, b): Fraction(int(y * 2) % 5 - 1, 3) for y in Y.values() for b in (False, True)
}
TABLE = Table((Name("y"), Name(CHOICE)), ROWS, "rows")
BINDINGS: dict[str, Expression | Fraction | bool | Domain] = {
    "x": X,
    "y": Y,
    "three": Fraction(3),
    "nought": Fraction(0),
    "yes": True,
    "slope": Arithmetic("+", Arithmetic("*", Number(Fraction(2)), Name("x")), Name("y")),
    "share": Arithmetic("/", Name("x"), Name("y")),
}


def assignments() -> Iterator[dict[str, Value]]:
    """Every assignment of the chosen names."""
    for x, y, b in itertools.product(X.values(), Y.values(), (False, True)):
        yield {"x": x, "y": y, CHOICE: b}


constants = st.builds(
    Number, st.sampled_from([Fraction(n, d) for n in range(-4, 7) for d in (1, 3, 10)])
)
names = st.sampled_from(["x", "y", "three", "nought", "slope", "share"]).map(Name)


def _non_negative(numbers: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.sampled_from(["y", "three", "nought"]).map(Name),
        st.builds(Absolute, numbers),
        st.builds(lambda a: Extremum("max", (Number(Fraction(0)), a)), numbers),
        st.builds(lambda a: Arithmetic("*", Name("y"), Absolute(a)), numbers),
        st.builds(lambda a: Arithmetic("/", Name("y"), Absolute(a)), numbers),
        st.builds(Conditional, st.just(Name(CHOICE)), st.just(Name("y")), st.just(Name("three"))),
    )


def _numbers(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*"]), parts, parts),
        st.builds(Arithmetic, st.just("/"), parts, _non_negative(parts)),
        st.builds(Negation, parts),
        st.builds(Absolute, parts),
        st.builds(Extremum, st.sampled_from(["min", "max"]), several),
        st.builds(Conditional, _comparisons(parts), parts, parts),
        st.just(TABLE),
    )


def _comparisons(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    options = st.lists(parts, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Comparison, operators, parts, parts),
        st.builds(Membership, parts, options),
        st.builds(Between, parts, parts, parts),
        st.just(Name(CHOICE)),
        st.just(Name("yes")),
        st.booleans().map(Truth),
    )


numbers: st.SearchStrategy[Expression] = st.recursive(constants | names, _numbers, max_leaves=4)


def _compound(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, parts),
        st.builds(Junction, st.sampled_from(["and", "or"]), several),
        st.builds(Implication, parts, parts),
        st.builds(Equivalence, parts, parts),
        st.builds(Conditional, parts, parts, parts),
    )


conditions: st.SearchStrategy[Expression] = st.recursive(
    _comparisons(numbers), _compound, max_leaves=3
)
