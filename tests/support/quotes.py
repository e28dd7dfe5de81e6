"""The record of quotes as tests use it: a moment, people, and answers to put on record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from cp_pricing import load_requests, solve
from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import Actor
from cp_pricing.quotes.log.entries import following
from cp_pricing.quotes.log.events import TokenRevoked
from cp_pricing.quotes.record import Desk, Terms
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.store.sqlite import SqliteStore
from cp_pricing.quotes.store.store import Store
from tests.support.books import pilot

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
UNTIL = date(2026, 12, 30)
TERMS = Terms(UNTIL)
MARA = Actor("mara", "seller")
ADMIN = Actor("ada", "admin")
# Of the pilot: signed by nobody, by one approver, by two; and one that is rejected.
FREE, ONE, TWO, NO = (
    "small-team-lower-price",
    "small-team-two-years",
    "small-team-deep-discount",
    "small-team-high-included",
)


def later(**time: int) -> datetime:
    return NOW + timedelta(**time)


def store_in(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "quotes.sqlite", make=True)


def seller(store: Store, now: datetime = NOW) -> Desk:
    return Desk(store, MARA, now)


def admin(store: Store, now: datetime = NOW) -> Desk:
    return Desk(store, ADMIN, now)


def signer(store: Store, approver: str, now: datetime = NOW) -> Desk:
    """The desk of somebody who holds a token of an approver."""
    made = tokens.make(admin(store, now), "approver", f"the {approver}", approver=approver)
    return Desk(store, tokens.actor_of(store, made.token, now), now)


@cache
def solved(request: str) -> Solved:
    """The pilot's answer to one of its requests."""
    (asked,) = (one for one in load_requests(pilot()) if one.id == request)
    return Solved(pilot(), asked, solve(pilot(), asked))


def written(store: Store, name: str) -> None:
    """Write an entry of a token with a name."""
    with store.writing() as record:
        record.add(following(record.last(), NOW, ADMIN, TokenRevoked(), token=name).row, {})


def names(store: Store) -> list[str]:
    """The tokens of all entries."""
    with store.reading() as record:
        return [row.token for row in record.rows()]
