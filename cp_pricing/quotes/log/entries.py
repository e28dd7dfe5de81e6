"""The log: entries, each chained to the one before by a hash, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, ValidationError

from cp_pricing.quotes.log.acting import Actor, Scope
from cp_pricing.quotes.log.events import Event, documents_of
from cp_pricing.quotes.log.times import as_utc, written
from cp_pricing.terms import ResultModel

# What stands in the place of the hash before the first entry.
BEGINNING = "0" * 64

Moment = Annotated[
    AwareDatetime,
    AfterValidator(as_utc),
    PlainSerializer(written, return_type=str, when_used="json"),
]


class Entry(ResultModel):
    """Who did what when; `place` counts from 1, `before` is the hash of the entry before.

    `by` is the id of the token that was shown for it, `quote` the number of the quote that it is
    about, `token` the id of the token or link that it is about; each may be empty.
    """

    place: int
    at: Moment
    who: str
    scope: Scope
    by: str
    quote: str
    token: str
    event: Event
    before: str

    @property
    def row(self) -> Row:
        """As it is kept."""
        text = canonical(self.model_dump(mode="json"))
        return Row(self.place, self.quote, self.token, text, hash_of(text))


class Row(NamedTuple):
    """An entry as it is kept: its canonical JSON, the hash of that, and what it is found by."""

    place: int
    quote: str
    token: str
    text: str
    hash: str

    @property
    def entry(self) -> Entry:
        """What it says; raises `ValidationError` if it has been tampered with."""
        return Entry.model_validate_json(self.text)


def canonical(value: object) -> str:
    """The one JSON text of a value: keys sorted, no blanks, in ASCII, and no binary fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_of(content: str | bytes) -> str:
    """The SHA-256 of a text or of bytes, in hexadecimal digits."""
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def following(  # noqa: PLR0913 - an entry has as many parts
    last: Row | None, at: datetime, actor: Actor, event: Event, *, quote: str = "", token: str = ""
) -> Entry:
    """The entry that comes after the last one, or begins the log."""
    return Entry(
        place=last.place + 1 if last else 1,
        at=at,
        who=actor.name,
        scope=actor.scope,
        by=actor.token,
        quote=quote,
        token=token,
        event=event,
        before=last.hash if last else BEGINNING,
    )


def faults_in(rows: Iterable[Row], documents: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """What is wrong with a log and the documents it names, in words; nothing, if it is whole."""
    before, named = BEGINNING, dict[str, int]()
    for place, row in enumerate(rows, start=1):
        yield from (f"entry {row.place}: {fault}" for fault in _faults_of(row, place, before))
        before = row.hash
        try:
            named |= dict.fromkeys(documents_of(row.entry.event), row.place)
        except ValidationError:
            yield f"entry {row.place}: it says nothing that could be understood"
    for digest, content in documents:
        if hash_of(content) != digest:
            yield f"document {digest[:12]}: it is not what it was"
        named.pop(digest, None)
    for digest, at in named.items():
        yield f"entry {at}: its document {digest[:12]} is missing"


def _faults_of(row: Row, place: int, before: str) -> Iterator[str]:
    try:
        said = json.loads(row.text)
        found_by = (said["place"], said["quote"], said["token"])
        chained = said["before"]
    except (ValueError, LookupError, TypeError):
        yield "it is no entry"
        return
    if row.place != place:
        yield f"entry {place} should be here"
    if hash_of(row.text) != row.hash or canonical(said) != row.text:
        yield "it does not have the hash that was written with it"
    if chained != before:
        yield "it is not chained to the entry before it"
    if found_by != (row.place, row.quote, row.token):
        yield "it is kept under another name than it says"
