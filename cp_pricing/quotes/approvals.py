"""Signatures: who would have to sign, asked, granted, refused and withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cp_pricing.quotes.differences import differences
from cp_pricing.quotes.history import Need, Quote, Version
from cp_pricing.quotes.log.acting import Actor, ConflictError, NotAllowedError, refuse_texts
from cp_pricing.quotes.log.events import (
    Asked,
    AskingWithdrawn,
    Event,
    Granted,
    Refused,
    SignatureWithdrawn,
)
from cp_pricing.quotes.log.number import named
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.record import (
    Desk,
    contents,
    happened,
    quote,
    refuse_over,
    refuse_settled,
)
from cp_pricing.quotes.solved import Solved, documents_of
from cp_pricing.quotes.store.store import Store

_WITHOUT = {
    "accepted": "needs no signature: its decision is accepted",
    "rejected": "cannot be signed: its decision is rejected",
    "unknown": "cannot be signed: it is not decided",
}


def preview(solved: Solved, before: Quote | None, now: datetime) -> tuple[Need, ...]:
    """Who would have to sign an answer, before anything is saved or sent.

    As a further version of a quote, signatures for its other versions count.
    """
    waived = solved.waived
    of = before or Quote("", ())
    approvers = [approval.approver for approval in solved.result.approvals]
    return tuple(of.need(who, waived, None, now) for who in approvers)


@dataclass(frozen=True, slots=True)
class Preview:
    """What it would come to if an answer were saved: who has to sign it, and what it changes.

    `before` is the quote that it would be the next version of, if any.
    """

    solved: Solved
    before: Quote | None
    needs: tuple[Need, ...]
    changes: tuple[str, ...]


def previewed(solved: Solved, now: datetime, of: tuple[Store, str] | None = None) -> Preview:
    """What it would come to if an answer were saved now; nothing is written.

    `of` is the record and the number of the quote that it would be the next version of. Raises
    `ConflictError` for what could not be saved.
    """
    documents_of(solved)
    if of is None:
        return Preview(solved, None, preview(solved, None, now), ())
    before = quote(*of)
    refuse_settled(before)
    changes = differences(contents(of[0], before.latest), solved)
    return Preview(solved, before, preview(solved, before, now), changes)


def ask(desk: Desk, number: str, *, until: date | None = None) -> Quote:
    """Ask everybody for a signature whose signature the latest version lacks.

    The asking stands until a day, at the latest until the version itself is over.
    """
    desk.actor.need("ask")
    now = desk.now
    if until is not None:
        refuse_over(until, now)

    def next_(before: Quote) -> Event:
        latest, over = before.latest, before.latest.saved.valid_until
        refuse_settled(before)
        _refuse(_unsignable(latest, now))
        lacking = tuple(_lacking(before.needs(latest, now)))
        _refuse([] if lacking else [f"nobody is left to be asked to sign {latest.name}"])
        return Asked(version=latest.version, approvers=lacking, until=min(until or over, over))

    return happened(desk, number, next_)


def _lacking(needs: Sequence[Need]) -> Iterator[str]:
    return (need.approver for need in needs if need.state not in {"kept", "asked"})


def withdraw_asking(desk: Desk, number: str) -> Quote:
    """Ask no longer for signatures for the latest version."""
    desk.actor.need("ask")
    now = desk.now

    def next_(before: Quote) -> Event:
        latest = before.latest
        if not any(need.state == "asked" for need in before.needs(latest, now)):
            raise ConflictError(f"nobody is asked to sign {latest.name}")
        return AskingWithdrawn(version=latest.version)

    return happened(desk, number, next_)


def sign(desk: Desk, name: str, *, comment: str = "", until: date | None = None) -> Quote:
    """Sign a version as the approver whose token it is; `until` is the last day that it stands.

    `name` says the version, as in `Q-2026-0042.2`: what is signed is what was read.
    """
    actor, version = desk.actor, named(name)
    _need_signer(actor)
    refuse_texts(comment=comment)
    if until is not None:
        refuse_over(until, desk.now)

    def next_(before: Quote) -> Event:
        _refuse(_not_to_be_signed(before, version, desk))
        return Granted(version=version, approver=actor.approver, comment=comment, until=until)

    return happened(desk, name, next_)


def refuse(desk: Desk, name: str, *, comment: str) -> Quote:
    """Refuse to sign a version, named as in `sign`, and say why."""
    actor, version = desk.actor, named(name)
    _need_signer(actor)
    refuse_texts(comment=comment)
    _refuse([] if comment.strip() else ["a refusal says why: it needs a comment"])

    def next_(before: Quote) -> Event:
        _refuse(_not_to_be_signed(before, version, desk))
        return Refused(version=version, approver=actor.approver, comment=comment)

    return happened(desk, name, next_)


def withdraw_signature(desk: Desk, number: str, *, comment: str = "") -> Quote:
    """Take back what an approver has signed of a quote."""
    actor, now = desk.actor, desk.now
    _need_signer(actor)
    refuse_texts(comment=comment)

    def next_(before: Quote) -> Event:
        refuse_settled(before)
        if not any(before.signatures(actor.approver, now)):
            raise ConflictError(f"{actor.approver} has signed nothing of {before.number}")
        return SignatureWithdrawn(approver=actor.approver, comment=comment)

    return happened(desk, number, next_)


def _need_signer(actor: Actor) -> None:
    actor.need("sign")
    if not actor.approver:
        raise NotAllowedError("this token signs for no approver")


def _not_to_be_signed(before: Quote, which: int, desk: Desk) -> Iterator[str]:
    """Every reason why a version cannot be signed by somebody now."""
    actor, now = desk.actor, desk.now
    version, latest = before.version(which), before.latest
    refuse_settled(before)
    if version.version != latest.version:
        yield f"{version.name} is superseded by {latest.name}"
    yield from _unsignable(version, now)
    need = next((n for n in before.needs(version, now) if n.approver == actor.approver), None)
    if need is None:
        yield f"{actor.approver} does not have to sign {version.name}"
    elif need.state == "kept":
        yield f"{actor.approver} has signed already: the signature for version {need.version} does"
    elif need.state == "missing":
        yield f"{actor.approver} has not been asked to sign {version.name}"
    elif need.state == "expired":
        yield f"what {actor.approver} was asked for is over"


def _unsignable(version: Version, now: datetime) -> Iterator[str]:
    """Why nobody can sign a version."""
    if (why := _WITHOUT.get(version.saved.decision)) is not None:
        yield f"{version.name} {why}"
    if is_over(version.saved.valid_until, now):
        yield f"{version.name} was valid until {version.saved.valid_until}"


def _refuse(reasons: Iterator[str] | list[str]) -> None:
    if found := list(reasons):
        raise ConflictError(found)
