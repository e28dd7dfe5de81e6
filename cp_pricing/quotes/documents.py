"""A quote as one document: frozen models, whose JSON commands and servers write."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from cp_pricing.quotes.approvals import Preview
from cp_pricing.quotes.history import Link, Need, NeedState, Quote, Status, Version
from cp_pricing.quotes.log.acting import Scope
from cp_pricing.quotes.log.entries import Moment
from cp_pricing.quotes.tokens import Token
from cp_pricing.quotes.verification import Verification
from cp_pricing.results import SCHEMA_VERSION, Decision
from cp_pricing.terms import ResultModel


class SignatureDocument(ResultModel):
    """An approver who has to sign the latest version; as `history.Need`."""

    approver: str
    rules: tuple[str, ...]
    state: NeedState
    version: int | None
    again: tuple[str, ...]


class VersionDocument(ResultModel):
    """A version: what it says in short, and what it was made with."""

    name: str
    version: int
    saved_at: Moment
    saved_by: str
    by_customer: bool
    decision: Decision
    price: str | None
    terms: str
    plan: str
    profile: str
    customer: str | None
    valid_until: date
    note: str
    changes: tuple[str, ...]
    approvers: tuple[str, ...]
    price_book_digest: str
    versions: dict[str, str]


class LinkDocument(ResultModel):
    """A link for the customer, without its secret."""

    id: str
    until: date
    leads: bool = Field(description="Whether it still leads anywhere.")


class QuoteDocument(ResultModel):
    """A quote with all its versions, the first one first.

    `sent` and `agreed` are the versions that the customer sees and has accepted.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    number: str
    status: Status
    owner: str
    signatures: tuple[SignatureDocument, ...]
    sent: int | None
    agreed: int | None
    agreed_by: str | None
    links: tuple[LinkDocument, ...]
    versions: tuple[VersionDocument, ...]


def quote_document(quote: Quote, now: datetime) -> QuoteDocument:
    """A quote as it stands at a moment."""
    return QuoteDocument(
        number=quote.number,
        status=quote.status(now),
        owner=quote.owner,
        signatures=tuple(map(signature_document, quote.needs(quote.latest, now))),
        sent=quote.sent.version if quote.sent else None,
        agreed=quote.agreed.version if quote.agreed else None,
        agreed_by=quote.agreed.name if quote.agreed else None,
        links=tuple(_link(link, now) for link in quote.links),
        versions=tuple(map(version_document, quote.versions)),
    )


def signature_document(need: Need) -> SignatureDocument:
    """How it stands with an approver."""
    return SignatureDocument(
        approver=need.approver,
        rules=need.rules,
        state=need.state,
        version=need.version,
        again=need.again,
    )


def _link(link: Link, now: datetime) -> LinkDocument:
    return LinkDocument(id=link.id, until=link.until, leads=link.leads(now))


def version_document(version: Version) -> VersionDocument:
    """A version of a quote."""
    saved = version.saved
    return VersionDocument(
        name=version.name,
        version=version.version,
        saved_at=version.at,
        saved_by=version.who,
        by_customer=saved.by_customer,
        decision=saved.decision,
        price=saved.price,
        terms=saved.terms,
        plan=saved.plan,
        profile=saved.profile,
        customer=saved.customer,
        valid_until=saved.valid_until,
        note=saved.note,
        changes=saved.changes,
        approvers=version.approvers,
        price_book_digest=saved.digest,
        versions=saved.versions,
    )


class PreviewDocument(ResultModel):
    """What it would come to if an answer were saved, as the next version of `number` if any."""

    schema_version: Literal[1] = SCHEMA_VERSION
    number: str | None
    decision: Decision
    price: str | None
    signatures: tuple[SignatureDocument, ...]
    changes: tuple[str, ...]


def preview_document(found: Preview) -> PreviewDocument:
    """Who would have to sign an answer, and what it changes."""
    result = found.solved.result
    return PreviewDocument(
        number=found.before.number if found.before else None,
        decision=result.decision,
        price=result.quote,
        signatures=tuple(map(signature_document, found.needs)),
        changes=found.changes,
    )


class VerificationDocument(ResultModel):
    """What solving a version again has shown; as `verification.Verification`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    holds: bool
    stands: bool | None
    expired: date | None
    otherwise: tuple[str, ...]
    book_changed: bool
    would_differ: tuple[str, ...]
    refused: tuple[str, ...]


def verification_document(found: Verification) -> VerificationDocument:
    """Whether a quote can still be relied on."""
    return VerificationDocument(
        name=found.version.name,
        holds=found.holds,
        stands=found.stands,
        expired=found.expired,
        otherwise=found.otherwise,
        book_changed=found.book_changed,
        would_differ=found.would_differ,
        refused=found.refused,
    )


class TokenDocument(ResultModel):
    """A token, without its secret."""

    id: str
    made_at: Moment
    scope: Scope
    holder: str
    approver: str
    until: date | None
    revoked: bool


def token_document(token: Token) -> TokenDocument:
    """A token that was made."""
    return TokenDocument(
        id=token.id,
        made_at=token.made,
        scope=token.scope,
        holder=token.holder,
        approver=token.approver,
        until=token.until,
        revoked=token.revoked,
    )
