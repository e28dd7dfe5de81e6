"""Tokens: made for somebody, shown once, kept as hashes, revoked."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from constraints.text.source import did_you_mean
from cp_pricing.book.price_book import PriceBook
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
from cp_pricing.words import numbers as f

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
    made = drawn()
    with _making(desk, scope, holder, approver, until) as record:
        event = TokenMade(
            scope=scope, holder=holder, approver=approver, hash=made.hash, until=until
        )
        _add(record, desk, event, made.id)
    return made


def let_in(
    desk: Desk, scope: Scope, holder: str, *, approver: str = "", until: date | None = None
) -> str:
    """Let somebody do as with a token who signs in elsewhere, under this very name; returns the id.

    Raises `ConflictError` for a name that has been let in: who it is would not be said by it.
    """
    with _making(desk, scope, holder, approver, until) as record:
        id_ = _id_of(holder)
        if _let_in(record, holder, desk.now) is not None:
            raise ConflictError(f"{holder} is let in already", f"revoke {id_} first")
        event = TokenMade(scope=scope, holder=holder, approver=approver, hash="", until=until)
        _add(record, desk, event, id_)
    return id_


@contextmanager
def _making(
    desk: Desk, scope: Scope, holder: str, approver: str, until: date | None
) -> Iterator[Writing]:
    """The record to write a new token in, if there can be such a one."""
    desk.actor.need("tokens")
    refuse_texts(holder=holder, approver=approver)
    _refuse(scope, holder, approver)
    if until is not None:
        refuse_over(until, desk.now)
    with desk.store.writing() as record:
        yield record


def refuse_unnamed(approver: str, books: Sequence[PriceBook]) -> None:
    """Raise `ConflictError` for an approver whom no policy of some price books names."""
    known = list(dict.fromkeys(own for book in books for own in book.policy.approvers))
    if approver in known:
        return
    of = f.listed([book.catalog.name for book in books], "or")
    there = f"its approvers are {f.coded(known)}" if known else "it has none"
    raise ConflictError(
        f"`{approver}` is no approver of {of}", did_you_mean(approver, known) or there
    )


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
        token = _tokens(row.entry for row in record.rows(token=id_)).get(id_)
        if token is None:
            raise NotFoundError(f"there is no token `{id_}`")
        if token.revoked:
            raise ConflictError(f"the token {id_} is revoked already")
        _add(record, desk, TokenRevoked(), id_)


def tokens(store: Store, actor: Actor) -> tuple[Token, ...]:
    """All tokens that were made, those of links aside; of one id the last."""
    actor.need("tokens")
    with store.reading() as record:
        entries = [row.entry for row in record.rows() if row.token and not row.quote]
    return tuple(_tokens(entries).values())


def _tokens(entries: Iterable[Entry]) -> dict[str, Token]:
    """The tokens of some entries by their ids, as they are in the end."""
    found: dict[str, Token] = {}
    for each in entries:
        match each.event:
            case TokenMade() as made:
                found[each.token] = Token(
                    id=each.token,
                    made=each.at,
                    scope=made.scope,
                    holder=made.holder,
                    approver=made.approver,
                    until=made.until,
                    revoked=False,
                )
            case TokenRevoked() if each.token in found:
                found[each.token] = replace(found[each.token], revoked=True)
            case _:
                pass
    return found


def _id_of(name: str) -> str:
    """By which a name that signs in elsewhere is found; no token that is shown has such an id."""
    return f"sso-{hash_of(name)[:16]}"


def _let_in(record: Reading, name: str, now: datetime) -> Token | None:
    """Who is let in under a name, if anybody is."""
    id_ = _id_of(name)
    token = _tokens(row.entry for row in record.rows(token=id_)).get(id_)
    is_known = token is not None and token.holder == name and not token.revoked
    return token if token and is_known and not is_over(token.until, now) else None


def signed_in(store: Store, name: str, now: datetime) -> Actor:
    """Who has signed in elsewhere under a name, which must be true; raises `NotAllowedError`."""
    with store.reading() as record:
        token = _let_in(record, name, now)
    if token is None:
        raise NotAllowedError(f"`{name}` is not known here, or no longer")
    return Actor(token.holder, token.scope, approver=token.approver, token=token.id)


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
