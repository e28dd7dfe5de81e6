"""The text that a translation writes, and how its parts fit the kinds of values."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import product
from random import Random

import pytest

from constraints.language.domains import Domain
from constraints.language.syntax import parse
from constraints.lines import writer
from constraints.lines.piecewise import value
from constraints.lines.translation import sweep_of
from constraints.lines.writer import Writer


def test_the_sample_is_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    real = Writer.text

    def kept(self: Writer, arguments: str, result: str) -> str:
        texts.append(real(self, arguments, result))
        return texts[-1]

    monkeypatch.setattr(Writer, "text", kept)
    price = Domain.grid(Fraction(0), Fraction(9), Fraction(1, 10))
    bindings = {"seats": Fraction(1), "bill": parse("max(price * seats - 100, 0)")}
    sweep = sweep_of(bindings, ["seats"], [parse("bill >= 50 / 3")], parse("bill"), "price", price)
    (text,) = texts
    sample = "\n".join(f"    {line}" for line in text.splitlines())
    assert sample in (writer.__doc__ or "")
    swept = sweep([Fraction(20)], lambda _: False)
    assert swept is not None
    assert swept.holds == (((59, 90),),)
    assert Fraction(*value(swept.number, 59)) == 18


def test_only_what_rests_on_another_value_is_worked_out_again() -> None:
    price = Domain.grid(Fraction(0), Fraction(9), Fraction(1, 10))
    bindings = {
        "seats": Fraction(1),
        "fee": Fraction(1),
        "bill": parse("max(price * seats - 100, 0)"),
        "share": parse("seats / fee * price"),
    }
    conditions = [parse("bill >= 50 / 3"), parse("share <= fee"), parse("price >= 2")]
    translated = partial(
        sweep_of, bindings, ["seats", "fee"], conditions, parse("bill + share"), "price", price
    )
    sweep = translated()
    asked = [tuple(map(Fraction, pair)) for pair in [*product((3, 20, 30), repeat=2)] * 2]
    Random(5).shuffle(asked)  # noqa: S311 - an order of no importance
    for values in asked:
        assert sweep(values, lambda _: False) == translated()(values, lambda _: False)
    one, other = (sweep([Fraction(20), Fraction(fee)], lambda _: False) for fee in (3, 30))
    assert one is not None
    assert other is not None
    assert other.holds[0] is one.holds[0]
    assert other.holds[1] != one.holds[1]


def test_what_has_no_value_has_none_again() -> None:
    price = Domain.grid(Fraction(0), Fraction(9), Fraction(1, 10))
    bindings = {"seats": Fraction(1), "each": parse("price / seats")}
    sweep = sweep_of(bindings, ["seats"], [parse("each <= 4")], parse("each"), "price", price)
    for seats in (2, 0, 0, 2):
        if seats:
            swept = sweep([Fraction(seats)], lambda _: False)
            assert swept is not None
            assert swept.holds == (((0, 80),),)
        else:
            with pytest.raises(ZeroDivisionError):
                sweep([Fraction(seats)], lambda _: False)
