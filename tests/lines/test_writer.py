"""The text that a translation writes, and how its parts fit the kinds of values."""

from __future__ import annotations

from fractions import Fraction

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
