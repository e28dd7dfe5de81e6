"""Statements of a written function, those that rest on the same inputs put together.

A function is called again and again with most inputs as they were: for the points of a chart, for
choices of a few terms. Such a part keeps what it gave last, and for which inputs; it is only worked
out again where one of these is another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

_NAME = re.compile(r"\bv\d+")
# The bit of each input that something rests on.
_Inputs: TypeAlias = int


class _Statement(NamedTuple):
    """A line that gives names their values, the names that it uses and the inputs it rests on."""

    line: str
    used: Sequence[str] = ()
    rests: _Inputs = 0
    made: tuple[str, ...] = ()


class Statements:
    """Statements in the order in which they were written, each name given its value by one."""

    def __init__(self) -> None:
        self._statements: list[_Statement] = []
        self._rests: dict[str, _Inputs] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._first: int | None = None

    def given(self, place: int) -> str:
        """A name for the input at a place."""
        (name,) = self._named(f"values[{place}]", 1, 1 << place)
        return name

    def given_both(self, place: int) -> tuple[str, str]:
        """Names for the numerator and the denominator of the input at a place."""
        over, under = self._named(f"values[{place}].as_integer_ratio()", 2, 1 << place)
        return over, under

    def let(self, code: str) -> str:
        """A name for what some code gives."""
        (name,) = self._named(code, 1)
        return name

    def let_both(self, code: str) -> tuple[str, str]:
        """Names for the two parts of what some code gives."""
        first, second = self._named(code, 2)
        return first, second

    def stop_if(self, code: str) -> None:
        """Return nothing where some code is true; of what follows, all is kept."""
        self._statements.append(_Statement(f"if {code}: return None"))
        self._first = len(self._statements)

    def _named(self, code: str, count: int, rests: _Inputs = 0) -> tuple[str, ...]:
        made = self._names.get(code)
        if made is None:  # else the same has a name already
            made = tuple([f"v{len(self._rests) + place}" for place in range(count)])
            used = _NAME.findall(code)
            for name in used:
                rests |= self._rests[name]
            for name in made:
                self._rests[name] = rests
            self._statements.append(_Statement(f"{', '.join(made)} = {code}", used, rests, made))
            self._names[code] = made
        return made

    @cached_property
    def kept(self) -> Mapping[_Inputs, Sequence[_Statement]]:
        """What is kept, by the inputs that it rests on, what others use before these."""
        parts: dict[_Inputs, list[_Statement]] = defaultdict(list)
        for statement in self._statements[self._first :] if self._first else ():
            parts[statement.rests].append(statement)
        # What a statement uses rests on no more than it does itself.
        return {rests: parts[rests] for rests in sorted(parts, key=lambda r: (r.bit_count(), r))}

    def body(self, result: str) -> Iterator[str]:
        """The lines of a function that returns a result; `kept` has a place for each part."""
        yield from (one.line for one in self._statements[: self._first])
        wanted = set(_NAME.findall(result))
        for one in self._statements:
            wanted.update([name for name in one.used if self._rests[name] != one.rests])
        for place, (rests, part) in enumerate(self.kept.items()):
            key = "".join(f"values[{at}], " for at in range(rests.bit_length()) if rests >> at & 1)
            made = "".join(f", {name}" for one in part for name in one.made if name in wanted)
            yield f"key, part = ({key}), kept[{place}]"
            yield f"if part[0] == key: _{made}, = part"
            yield "else:"
            yield from (f" {one.line}" for one in part)
            # Put there at once, since other threads may call the function, too.
            yield f" kept[{place}] = key{made},"
        yield f"return {result}"
