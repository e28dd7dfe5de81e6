"""Cases: a valid book and what is done to it; a seed always gives the same case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from tests.fuzz import bytewise, cardwise, formulawise, harmless, nodewise, textwise
from tests.fuzz.books import FILES, POLICY, Oddity, valid_book

Bytewise: TypeAlias = Callable[[Random, bytes], bytes]
Textwise: TypeAlias = Callable[[Random, str], str]

HARMLESS = 0.04
COUNTS = (1, 1, 1, 1, 2, 2, 3, 4)

_BYTEWISE: Sequence[Bytewise] = (
    *(bytewise.flip, bytewise.overwrite, bytewise.insert_foreign, bytewise.delete),
    *(bytewise.duplicate, bytewise.move, bytewise.truncate, bytewise.recode, bytewise.replace_all),
)
_TEXTWISE: Sequence[Textwise] = (
    *(textwise.delete_line, textwise.duplicate_line, textwise.swap_lines, textwise.join_lines),
    *(textwise.indent, textwise.insert_line, textwise.break_line, textwise.comment_out),
    *(textwise.token_delete, textwise.token_duplicate, textwise.token_swap),
    *(textwise.token_replace, textwise.number_replace, textwise.insert_character),
    *(textwise.confuse, textwise.change_case, textwise.lengthen, textwise.nest),
    textwise.line_ends,
)
_NODEWISE: Sequence[Textwise] = (
    *(nodewise.unknown_key, nodewise.unknown_key, nodewise.duplicate_key, nodewise.merge_key),
    *(nodewise.rename_key, nodewise.retype, nodewise.retype, nodewise.wrap, nodewise.remove_entry),
    *(nodewise.nest_value, nodewise.lengthen_value, nodewise.swap_values, nodewise.swap_keys),
    *(nodewise.copy_value, nodewise.number_value, nodewise.number_value, nodewise.number_value),
    *(nodewise.formula,) * 6,
    *(nodewise.scale,) * 3,
    formulawise.grow,
)
_CARDWISE: Sequence[Textwise] = (
    *(cardwise.other_meter, cardwise.other_meter, cardwise.without_meters, cardwise.another_kind),
    *(cardwise.tiers, cardwise.asked_by_meter),
)
# The share of damage to rate cards that is about them.
ABOUT_CARDS = 0.3


@dataclass(frozen=True)
class Case:
    """A book and what has been done to it: names of files and of changes."""

    seed: int
    original: dict[str, bytes | Oddity]
    book: dict[str, bytes | Oddity]
    changes: tuple[str, ...]
    harmless: bool

    @property
    def rng(self) -> Random:
        """Chance for whoever tries the case, apart from that of the changes."""
        return Random(f"{self.seed}:trial")  # noqa: S311 - repeatable tests, not secrets


def case_of(seed: int, only: int | None = None, *, rates: bool = False) -> Case:
    """The case of a seed, a rate card's if `rates`; `only` leaves out all changes but one."""
    rng = Random(f"{seed}:book")  # noqa: S311 - repeatable tests, not secrets
    original = valid_book(seed, rng, rates=rates)
    book, changes = dict(original), []
    mild = rng.random() < HARMLESS
    for place in range(rng.choice(COUNTS)):
        # Each change has a chance of its own, so that it stays the same without the others.
        own = Random(f"{seed}:{place}")  # noqa: S311 - repeatable tests, not secrets
        if only in {None, place}:
            changes.append(_soften(own, book) if mild else _damage(own, book, rates=rates))
    return Case(seed, original, book, tuple(changes), mild)


def _soften(rng: Random, book: dict[str, bytes | Oddity]) -> str:
    return _change_text(rng, book, rng.choice(FILES), rng.choice(harmless.ALL))


def _damage(rng: Random, book: dict[str, bytes | Oddity], *, rates: bool) -> str:
    name = rng.choice((*FILES, POLICY))
    if rates and rng.random() < ABOUT_CARDS:
        return _change_text(rng, book, rng.choice(FILES), rng.choice(_CARDWISE))
    kind = rng.random()
    if kind < 0.01:
        book[name] = rng.choice(tuple(Oddity))
        return f"{name}: {book[name]!r}"
    if kind < 0.015:
        other = rng.choice(FILES)
        book[name], book[other] = book[other], book[name]
        return f"{name}: exchanged for {other}"
    if kind < 0.15:
        return _change_bytes(rng, book, name, rng.choice(_BYTEWISE))
    return _change_text(rng, book, name, rng.choice(_TEXTWISE if kind < 0.5 else _NODEWISE))


def _change_bytes(rng: Random, book: dict[str, bytes | Oddity], name: str, change: Bytewise) -> str:
    content = book[name]
    if isinstance(content, bytes):
        book[name] = change(rng, content)
    return f"{name}: {change.__name__}"


def _change_text(rng: Random, book: dict[str, bytes | Oddity], name: str, change: Textwise) -> str:
    content = book[name]
    if isinstance(content, bytes):
        text = content.decode("utf-8", "surrogateescape")
        book[name] = change(rng, text).encode("utf-8", "surrogateescape")
    return f"{name}: {change.__name__}"
