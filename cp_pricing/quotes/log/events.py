"""What can happen to a quote or a token, as the log has it: frozen models, one for each action."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from cp_pricing.quotes.log.acting import Scope
from cp_pricing.results import Breach, Decision
from cp_pricing.terms import ResultModel


class Broken(ResultModel):
    """A comparison that a waived rule fails, and its figures in words."""

    breach: Breach
    figures: str


class Waived(ResultModel):
    """A rule that a deal breaks, and who all have to sign for that."""

    rule: str
    purpose: str
    approvers: tuple[str, ...]
    broken: tuple[Broken, ...]


class Saved(ResultModel):
    """A version of a quote; `book`, `request` and `result` are hashes of documents.

    `price` is as quoted, `terms` are those of the answer in words, `digest` that of the price book;
    `changes` says in words what is otherwise than in the version before.
    """

    action: Literal["saved"] = "saved"
    version: int
    by_customer: bool = False
    owner: str
    customer: str | None
    plan: str
    profile: str
    decision: Decision
    price: str | None
    terms: str
    waived: tuple[Waived, ...]
    valid_until: date
    note: str = ""
    changes: tuple[str, ...] = ()
    digest: str
    versions: dict[str, str]
    book: str
    request: str
    result: str


class Asked(ResultModel):
    """Approvers are asked to sign a version, until a day."""

    action: Literal["asked"] = "asked"
    version: int
    approvers: tuple[str, ...]
    until: date


class AskingWithdrawn(ResultModel):
    """What a version was asked for need not be signed any more."""

    action: Literal["asking-withdrawn"] = "asking-withdrawn"
    version: int


class Granted(ResultModel):
    """An approver signs a version; `until` is the last day that this stands."""

    action: Literal["granted"] = "granted"
    version: int
    approver: str
    comment: str
    until: date | None


class Refused(ResultModel):
    """An approver does not sign a version."""

    action: Literal["refused"] = "refused"
    version: int
    approver: str
    comment: str


class SignatureWithdrawn(ResultModel):
    """An approver takes all signatures for a quote back."""

    action: Literal["signature-withdrawn"] = "signature-withdrawn"
    approver: str
    comment: str


class Sent(ResultModel):
    """A version is what the links of a quote show; `offer` is the hash of the customer's view."""

    action: Literal["sent"] = "sent"
    version: int
    offer: str


class Linked(ResultModel):
    """A link for the customer; `hash` is that of its secret."""

    action: Literal["linked"] = "linked"
    hash: str
    until: date


class LinkWithdrawn(ResultModel):
    """A link leads nowhere any more."""

    action: Literal["link-withdrawn"] = "link-withdrawn"


class Agreed(ResultModel):
    """The customer accepts a version, in somebody's name."""

    action: Literal["agreed"] = "agreed"
    version: int
    name: str


class Withdrawn(ResultModel):
    """The seller takes the whole quote back."""

    action: Literal["withdrawn"] = "withdrawn"
    comment: str


class TokenMade(ResultModel):
    """A token for somebody; `hash` is that of its secret.

    It is empty of somebody without one, who signs in elsewhere and is known here by the name.
    """

    action: Literal["token-made"] = "token-made"
    scope: Scope
    holder: str
    approver: str
    hash: str
    until: date | None


class TokenRevoked(ResultModel):
    """A token is worth nothing any more."""

    action: Literal["token-revoked"] = "token-revoked"


Event: TypeAlias = Annotated[
    Saved
    | Asked
    | AskingWithdrawn
    | Granted
    | Refused
    | SignatureWithdrawn
    | Sent
    | Linked
    | LinkWithdrawn
    | Agreed
    | Withdrawn
    | TokenMade
    | TokenRevoked,
    Field(discriminator="action"),
]


def documents_of(event: Event) -> Iterator[str]:
    """The hashes of the documents that an event names."""
    if isinstance(event, Saved):
        yield from (event.book, event.request, event.result)
    elif isinstance(event, Sent):
        yield event.offer
