"""Quotes put on record, found and read again; never changed, only superseded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from cp_pricing.quotes.differences import differences
from cp_pricing.quotes.history import Quote, Status, Version
from cp_pricing.quotes.log.acting import Actor, ConflictError, NotFoundError, refuse_texts
from cp_pricing.quotes.log.entries import following
from cp_pricing.quotes.log.events import Event, Saved, Withdrawn
from cp_pricing.quotes.log.number import beginning, count_of, numbered, understood
from cp_pricing.quotes.log.times import as_utc, is_over
from cp_pricing.quotes.solved import Documents, Solved, documents_of, read_again
from cp_pricing.quotes.store.store import Reading, Store, Writing
from cp_pricing.results import Decision
from cp_pricing.words.terms import terms_in_words


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who does something on record, and when."""

    store: Store
    actor: Actor
    now: datetime

    def __post_init__(self) -> None:
        """Refuse a name that the log could not have."""
        refuse_texts(name=self.actor.name)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quote says beside its answer: until when it stands, whose it is, and a note."""

    valid_until: date
    owner: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What quotes are looked for; what is empty does not matter.

    `text` is a part of number, customer, plan, profile or note; `newer_than` and `older_than` are
    ages of the latest version.
    """

    text: str = ""
    decisions: tuple[Decision, ...] = ()
    statuses: tuple[Status, ...] = ()
    owner: str = ""
    newer_than: timedelta | None = None
    older_than: timedelta | None = None

    def finds(self, quote: Quote, now: datetime) -> bool:
        """Whether a quote is among those."""
        saved, age = quote.latest.saved, now - quote.latest.at
        said = (quote.number, saved.customer or "", saved.plan, saved.profile, saved.note)
        return (
            any(self.text.casefold() in each.casefold() for each in said)
            and (not self.decisions or saved.decision in self.decisions)
            and (not self.owner or self.owner.casefold() == saved.owner.casefold())
            and (self.newer_than is None or age <= self.newer_than)
            and (self.older_than is None or age >= self.older_than)
            and (not self.statuses or quote.status(now) in self.statuses)
        )


# --- reading --------------------------------------------------------------------------------


def quote(store: Store, number: str) -> Quote:
    """A quote by its number, as people write it; raises `NotFoundError`."""
    with store.reading() as record:
        return found(record, number)


def found(record: Reading, number: str) -> Quote:
    """A quote of the record as it is now; raises `NotFoundError`."""
    known, _ = understood(number)
    rows = record.rows(quote=known)
    if read := tuple(row.entry for row in rows):
        return Quote(known, read)
    raise NotFoundError(f"there is no quote {known}", _nearest(record, known))


def _nearest(record: Reading, number: str) -> str:
    last = record.last_number(number[: number.rindex("-") + 1])
    return f"the last one of that year is {last}" if last else "there is none of that year"


def version(store: Store, number: str) -> tuple[Quote, Version]:
    """A quote, and the version that the number names, or else the latest."""
    of_all = quote(store, number)
    return of_all, of_all.version(understood(number)[1])


def quotes(
    store: Store, search: Search, now: datetime, limit: int | None = None
) -> tuple[Quote, ...]:
    """The quotes that are looked for, those that something happened to last first."""
    with store.reading() as record:
        all_ = (found(record, number) for number in record.numbers())
        return tuple(islice((each for each in all_ if search.finds(each, now)), limit))


def contents(store: Store, version: Version) -> Solved:
    """What a version was made from, and its answer, read again from the stored texts."""
    with store.reading() as record:
        return _contents(record, version)


def _contents(record: Reading, version: Version) -> Solved:
    saved = version.saved
    return read_again(
        *(document(record, each) for each in (saved.book, saved.request, saved.result))
    )


def document(record: Reading, digest: str) -> bytes:
    """A document of the record; raises `NotFoundError` where somebody has removed it."""
    content = record.document(digest)
    if content is None:
        raise NotFoundError(f"the document {digest[:12]} is missing", "verify the log")
    return content


# --- writing --------------------------------------------------------------------------------


def save(desk: Desk, solved: Solved, terms: Terms, *, number: str = "") -> Quote:
    """Put an answer on record: as a new quote or, with a number, as that one's next version.

    Raises `ConflictError` for an answer that cannot be kept, and for a quote that is over.
    """
    desk.actor.need("save")
    refuse_texts(owner=terms.owner, note=terms.note)
    documents = documents_of(solved)
    refuse_over(terms.valid_until, desk.now)
    with desk.store.writing() as record:
        if not number:
            known = _next_number(record, as_utc(desk.now).year)
            event = saved_event(solved, documents, terms, desk.actor)
        else:
            before = found(record, number)
            known = before.number
            event = superseding(record, before, (solved, documents), terms, desk.actor)
        entry = Written(desk.now, desk.actor, event, documents=documents.contents)
        return written(record, known, entry)


def superseding(
    record: Reading, before: Quote, new: tuple[Solved, Documents], terms: Terms, actor: Actor
) -> Saved:
    """The event of a quote's next version; raises `ConflictError` for one that is settled."""
    refuse_settled(before)
    latest = before.latest
    event = saved_event(*new, terms, actor)
    return event.model_copy(
        update={
            "version": latest.version + 1,
            "owner": terms.owner or latest.saved.owner,
            "changes": differences(_contents(record, latest), new[0]),
        }
    )


def saved_event(solved: Solved, documents: Documents, terms: Terms, actor: Actor) -> Saved:
    """The event of a first version."""
    request, result = solved.request, solved.result
    answer = result.configuration
    return Saved(
        version=1,
        by_customer=actor.scope == "customer",
        owner=terms.owner or actor.name,
        customer=request.customer.name,
        plan=request.configuration,
        profile=request.profile,
        decision=result.decision,
        price=result.quote,
        terms=terms_in_words(answer, solved.catalog) if answer else "",
        waived=solved.waived,
        valid_until=terms.valid_until,
        note=terms.note,
        digest=solved.book.digest,
        versions=result.provenance.versions,
        book=documents.book,
        request=documents.request,
        result=documents.result,
    )


def _next_number(record: Reading, year: int) -> str:
    last = record.last_number(beginning(year))
    return numbered(year, count_of(last) + 1 if last else 1)


def withdraw(desk: Desk, number: str, *, comment: str = "") -> Quote:
    """Take a whole quote back: nobody can sign or accept it any more."""
    desk.actor.need("send")
    refuse_texts(comment=comment)

    def next_(before: Quote) -> Event:
        refuse_settled(before)
        return Withdrawn(comment=comment)

    return happened(desk, number, next_)


def happened(desk: Desk, number: str, next_: Callable[[Quote], Event]) -> Quote:
    """Add to a quote what follows from it as it is at the moment of writing."""
    with desk.store.writing() as record:
        before = found(record, number)
        return written(record, before.number, Written(desk.now, desk.actor, next_(before)))


@dataclass(frozen=True, slots=True)
class Written:
    """What is added to a quote: when, by whom, what, with its documents by their hashes.

    `token` is the id of a link that it is about.
    """

    at: datetime
    actor: Actor
    event: Event
    token: str = ""
    documents: Mapping[str, bytes] = field(default_factory=dict)


def written(record: Writing, number: str, new: Written) -> Quote:
    """Add to a quote, and return it as it is then."""
    entry = following(record.last(), new.at, new.actor, new.event, quote=number, token=new.token)
    record.add(entry.row, new.documents)
    return found(record, number)


def refuse_settled(before: Quote) -> None:
    """Raise `ConflictError` for a quote to which nothing more can happen."""
    if before.is_withdrawn:
        raise ConflictError(f"{before.number} is withdrawn", "save a new quote")
    if before.agreed is not None:
        raise ConflictError(f"{before.number} is agreed", "save a new quote")


def refuse_over(until: date, now: datetime) -> None:
    """Raise `ConflictError` for a last day that has passed."""
    if is_over(until, now):
        raise ConflictError(f"{until} has passed", "name a day to come")
