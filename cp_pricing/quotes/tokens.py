"""Tokens: made for somebody, shown once, kept as hashes, revoked."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from cp_pricing.quotes.log.acting import (
    Actor,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    Scope,
    refuse_texts,
)
from cp_pricing.quotes.log.entries import Entry, following, hash_of
from cp_pricing.quotes.log.events import Event, Linked, LinkWithdrawn, TokenMade, TokenRevoked
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.record import Desk, refuse_over
from cp_pricing.quotes.store.store import Reading, Store, Writing

_TOKEN = re.compile(r"cpq_([0-9a-f]{12})_([\w-]{43})", re.ASCII)
# What a secret is compared with where there is none, so that both take the same time.
_NO_HASH = hash_of(secrets.token_bytes(32))


@dataclass(frozen=True, slots=True)
class Made:
    """A new token or link: its id, by which it is revoked, and itself, which nobody sees again."""

    id: str
    token: str
    hash: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was made, without its secret."""

    id: str
    made: datetime
    scope: Scope
    holder: str
    approver: str
    until: date | None
    revoked: bool


def drawn() -> Made:
    """A new token; its secret has 256 bits from the system's source of randomness."""
    id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return Made(id_, f"cpq_{id_}_{secret}", hash_of(secret))


def make(
    desk: Desk, scope: Scope, holder: str, *, approver: str = "", until: date | None = None
) -> Made:
    """Make a token for somebody, until a day if there is one; links are made by `make_link`."""
    desk.actor.need("tokens")
    refuse_texts(holder=holder, approver=approver)
    _refuse(scope, holder, approver)
    if until is not None:
        refuse_over(until, desk.now)
    made = drawn()
    event = TokenMade(scope=scope, holder=holder, approver=approver, hash=made.hash, until=until)
    with desk.store.writing() as record:
        _add(record, desk, event, made.id)
    return made


def _add(record: Writing, desk: Desk, event: Event, token: str) -> None:
    record.add(following(record.last(), desk.now, desk.actor, event, token=token).row, {})


def _refuse(scope: Scope, holder: str, approver: str) -> None:
    reasons = []
    if scope == "customer":
        reasons.append("a customer has a link to one quote, and no token of another kind")
    if not holder.strip():
        reasons.append("a token is for somebody who has a name")
    if (scope == "approver") != bool(approver):
        reasons.append("an approver's token, and no other, says whose signature it gives")
    if reasons:
        raise ConflictError(reasons)


def revoke(desk: Desk, id_: str) -> None:
    """Make a token worth nothing from now on; raises `NotFoundError`."""
    desk.actor.need("tokens")
    with desk.store.writing() as record:
        entries = [row.entry for row in record.rows(token=id_)]
        if not any(isinstance(entry.event, TokenMade) for entry in entries):
            raise NotFoundError(f"there is no token `{id_}`")
        if any(isinstance(entry.event, TokenRevoked) for entry in entries):
            raise ConflictError(f"the token {id_} is revoked already")
        _add(record, desk, TokenRevoked(), id_)


def tokens(store: Store, actor: Actor) -> tuple[Token, ...]:
    """All tokens that were made, those of links aside."""
    actor.need("tokens")
    with store.reading() as record:
        entries = [row.entry for row in record.rows() if row.token and not row.quote]
    revoked = {each.token for each in entries if isinstance(each.event, TokenRevoked)}
    return tuple(
        Token(
            id=each.token,
            made=each.at,
            scope=each.event.scope,
            holder=each.event.holder,
            approver=each.event.approver,
            until=each.event.until,
            revoked=each.token in revoked,
        )
        for each in entries
        if isinstance(each.event, TokenMade)
    )


def actor_of(store: Store, token: str, now: datetime) -> Actor:
    """Who holds a token or a link; raises `NotAllowedError`, always in the same words."""
    with store.reading() as record:
        return holder(record, token, now)


def holder(record: Reading, token: str, now: datetime) -> Actor:
    """As `actor_of`, of a record as it is now."""
    parts = _TOKEN.fullmatch(token)
    id_, secret = parts.groups() if parts else ("", "")
    entries = [row.entry for row in record.rows(token=id_ or "-")]
    made = next((e for e in entries if isinstance(e.event, TokenMade | Linked)), None)
    kept = made.event.hash if made and isinstance(made.event, TokenMade | Linked) else _NO_HASH
    is_same = hmac.compare_digest(hash_of(secret), kept)
    gone = any(isinstance(e.event, TokenRevoked | LinkWithdrawn) for e in entries)
    if made is None or gone or not is_same:
        raise NotAllowedError.unknown_token()
    return _actor(made, now)


def _actor(made: Entry, now: datetime) -> Actor:
    match made.event:
        case TokenMade(scope=scope, holder=name, approver=approver, until=until):
            actor = Actor(name, scope, approver=approver, token=made.token)
        case Linked(until=until):
            actor = Actor("the customer", "customer", quote=made.quote, token=made.token)
        case _:
            raise NotAllowedError.unknown_token()
    if is_over(until, now):
        raise NotAllowedError.unknown_token()
    return actor
