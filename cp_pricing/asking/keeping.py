"""Requests added to a price book's file of them, whose layout stays as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from constraints.language.expressions import Value
from constraints.text import nodes
from constraints.text.json_nodes import parse_json
from constraints.text.nodes import Node
from constraints.text.numerals import decimal_string
from constraints.text.source import Issue
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest, read_requests
from cp_pricing.fields import DISCOUNT, PRICE, UNLIMITED, base_name, meter_of
from cp_pricing.files.texts import REQUESTS, Texts

_STEP = "  "
# A request's keys and what it says of each.
Entries: TypeAlias = Sequence[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A price book's file of requests: its text (none where there is no file), ids and faults."""

    path: Path
    text: str | None
    ids: frozenset[str]
    issues: tuple[Issue, ...]
    cards: frozenset[str] = frozenset()
    """The plans that are rate cards."""


def kept(book: PriceBook) -> Kept:
    """The file of requests in a price book's folder, with every fault."""
    path = Path(book.folder or "", REQUESTS)
    cards = frozenset(plan.id for plan in book.catalog.configurations if plan.is_card)
    if not os.path.lexists(path):  # a link that leads nowhere is a fault
        return Kept(path, None, frozenset(), (), cards)
    texts, name = Texts(roots=book.roots), str(path)
    texts.read(path, name)
    text = texts.texts.get(name)
    if text is None:
        return Kept(path, None, frozenset(), tuple(texts.issues))
    requests, issues = read_requests(text, name, book.on_sale)
    ids = frozenset(request.id for request in requests)
    return Kept(path, text, ids, tuple(issues), cards)


def text_with(before: Kept, requests: Sequence[TuningRequest]) -> str:
    """The text of a faultless file with requests behind those that are there."""
    entries = [tuple(_entries(one, is_card=one.configuration in before.cards)) for one in requests]
    if before.text is None:
        items = f",\n{_STEP}".join(_on_lines(own, _STEP) for own in entries)
        return f'{{"requests": [\n{_STEP}{items}\n]}}\n'
    root, _ = parse_json(before.text, str(before.path))
    last = _last_request(root)
    head = last.source.text[: last.start].rpartition("\n")[2]
    more = "".join(_behind(last, own, head) for own in entries)
    place = _offset_in(before.text, last.end)
    ends = more.replace("\n", "\r\n") if "\r\n" in before.text else more
    return before.text[:place] + ends + before.text[place:]


def _last_request(root: Node | None) -> Node:
    match root:
        case nodes.Mapping(entries={"requests": nodes.Sequence(items=[*_, last])}):
            return last
        case _:
            raise ValueError("a file of requests has at least one")


def _behind(last: Node, request: Entries, head: str) -> str:
    """A request as it follows another one, before which its line has `head`."""
    if head.strip():
        return f", {_in_one_line(request)}"
    # As the one before it is written, so that the file keeps its looks.
    is_long = last.span.line != last.span.end_line
    return f",\n{head}" + (_on_lines(request, head) if is_long else _in_one_line(request))


def _offset_in(text: str, place: int) -> int:
    """The offset in a text of a place in it with line feeds for line ends."""
    for end in re.finditer("\r\n", text):
        if end.start() >= place:
            break
        place += 1
    return place


# --- a request as JSON ----------------------------------------------------------------------


def _in_one_line(request: Entries) -> str:
    return json_text(dict(request))


def _on_lines(request: Entries, indent: str) -> str:
    """A request with a line for each of its keys."""
    lines = [f"{indent}{_STEP}{json_text(key)}: {json_text(value)}" for key, value in request]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _entries(request: TuningRequest, *, is_card: bool) -> Iterator[tuple[str, object]]:
    yield from (("id", request.id), ("configuration", request.configuration))
    yield from (
        ("profile", request.profile),
        ("inputs", inputs_written(request.inputs, is_card=is_card)),
    )
    if request.open:
        yield "open", request.open
    yield from (("preference", request.preference), ("approval_mode", request.approval_mode))
    customer = request.customer
    size: dict[str, object] = {"name": customer.name, "members": customer.members}
    size["monthly_units"] = customer.monthly_units
    if customer.monthly_usage is not None:
        months = ({"weight": one.weight, "units": one.units} for one in customer.monthly_usage)
        size["monthly_usage"] = tuple(months)
    if given := {key: value for key, value in size.items() if value is not None}:
        yield "customer", given
    if request.facts:
        yield "facts", request.facts


def inputs_written(inputs: Mapping[str, Value], *, is_card: bool) -> dict[str, object]:
    """The inputs as a file has them: those of meters by meter, a price level as a discount."""
    plain: dict[str, object] = {}
    by_meter: dict[str, dict[str, Value]] = {}
    for field, value in inputs.items():
        if meter := meter_of(field):
            by_meter.setdefault(base_name(field), {})[meter] = value
        elif field == PRICE and is_card:
            plain[DISCOUNT] = 1 - value
        else:
            plain[field] = value
    return {**plain, **by_meter}


def json_text(value: object) -> str:
    """The JSON of a value, whose numbers are exact."""
    match value:
        case Mapping():
            return (
                "{" + ", ".join(f"{json_text(key)}: {json_text(value[key])}" for key in value) + "}"
            )
        case tuple():
            return "[" + ", ".join(map(json_text, value)) + "]"
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Fraction():
            return '"unlimited"' if value == UNLIMITED else decimal_string(value)
        case _:
            raise TypeError(value)
