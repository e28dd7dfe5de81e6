"""One pair of versions: the first is signed by some, and the record says who has to again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeAlias

from cp_pricing import TuningResult, solve
from cp_pricing.quotes.approvals import ask, preview, sign
from cp_pricing.quotes.record import Desk, save
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.store.sqlite import SqliteStore
from tests.signed_again.enumeration import again, broken
from tests.signed_again.policies import (
    Rule,
    book_of,
    drawn_inputs,
    drawn_rules,
    moved,
    request_of,
    varied,
)
from tests.support.quotes import NOW, TERMS, seller


@dataclass(frozen=True)
class Outcome:
    """What came of a pair: signatures that do, those asked for again, and what was wrong."""

    kept: int = 0
    again: int = 0
    new: int = 0
    fault: str = ""


Inputs: TypeAlias = dict[str, object]


def answered(
    rules: tuple[Rule, ...], inputs: Iterator[Inputs]
) -> tuple[Solved, Inputs] | tuple[None, None]:
    """An answer that somebody has to sign, and its inputs; none if none is found soon."""
    book = book_of(rules)
    for given in islice(inputs, 20):
        request = request_of(book, given)
        result = solve(book, request)
        if result.decision == "requires_approval":
            return Solved(book, request, result), given
    return None, None


def trial(store: SqliteStore, signers: dict[str, Desk], draw: random.Random) -> Outcome | None:
    """A pair of versions, saved, signed and compared; `None` where no pair could be drawn."""
    rules = drawn_rules(draw)
    changed = moved(rules, draw) if draw.random() < 0.5 else rules
    first, given = answered(rules, (drawn_inputs(draw) for _ in count()))
    if first is None or given is None:
        return None
    second, _ = answered(changed, (varied(given, draw) for _ in count()))
    if second is None:
        return None
    desk = seller(store)
    quote = ask(desk, save(desk, first, TERMS).number)
    signed = [who for who in quote.latest.approvers if draw.random() < 0.8]
    for who in signed:
        quote = sign(signers[who], quote.latest.name)
    foreseen = {need.approver: need.state for need in preview(second, quote, NOW)}
    quote = save(desk, second, TERMS, number=quote.number)
    said = {need.approver: need.state for need in quote.needs(quote.latest, NOW)}
    if foreseen != said:
        return Outcome(fault=f"{quote.number}: foreseen {foreseen}, then {said}")
    return _compared(said, set(signed), (rules, first.result), (changed, second.result))


def _compared(
    said: Mapping[str, str],
    signed: set[str],
    before: tuple[tuple[Rule, ...], TuningResult],
    now: tuple[tuple[Rule, ...], TuningResult],
) -> Outcome:
    """What the record says against the enumeration."""
    rules, result = now
    needed = {who for rule in rules if any(broken(rule, result)) for who in rule.approvers}
    if needed != said.keys():
        return Outcome(fault=f"{needed} have to sign, not {set(said)}")
    kept = {who for who in needed & signed if not again(who, before, now)}
    if kept != {who for who, state in said.items() if state == "kept"}:
        return Outcome(fault=f"the signatures of {kept} do, and the record says {said}")
    return Outcome(len(kept), len(needed & signed - kept), len(needed - signed))
