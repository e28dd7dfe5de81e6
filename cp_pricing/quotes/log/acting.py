"""Who acts on the record, what each scope may do, and why something is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Scope: TypeAlias = Literal["seller", "approver", "customer", "admin"]
Act: TypeAlias = Literal["read", "save", "ask", "sign", "send", "tokens", "log"]
MAXIMUM_TEXT = 2000  # characters of a comment or a name
SCOPES: tuple[Scope, ...] = get_args(Scope)
# A customer has a link, which leads to the page of one quote and to nothing that is listed here.
MAY: Mapping[Scope, frozenset[Act]] = {
    "seller": frozenset({"read", "save", "ask", "send"}),
    "approver": frozenset({"read", "sign"}),
    "customer": frozenset(),
    "admin": frozenset({"read", "save", "ask", "send", "tokens", "log"}),
}
_DONE: Mapping[Act, str] = {
    "read": "read the record",
    "save": "save quotes",
    "ask": "ask for signatures",
    "sign": "sign",
    "send": "send offers",
    "tokens": "make or revoke tokens",
    "log": "read the log",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a name, and as what; `approver` is whose signature it may give.

    `quote` is the number that a customer's link leads to, `token` the id of the token, if any.
    """

    name: str
    scope: Scope
    approver: str = ""
    quote: str = ""
    token: str = ""

    def need(self, act: Act) -> None:
        """Raise `NotAllowedError` unless this scope may do it."""
        if act not in MAY[self.scope]:
            article = "an" if self.scope[0] in "aeiou" else "a"
            raise NotAllowedError(f"{article} {self.scope} may not {_DONE[act]}")


class QuoteError(Exception):
    """Something on record that cannot be done: every reason, and what to do instead."""

    def __init__(self, reasons: str | Sequence[str], hint: str = "") -> None:
        self.reasons = (reasons,) if isinstance(reasons, str) else tuple(reasons)
        self.hint = hint
        super().__init__(*self.reasons)

    @property
    def message(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


class NotFoundError(QuoteError):
    """There is no such quote, version, link or token."""


class NotAllowedError(QuoteError):
    """This actor may not do it, or a token is none."""

    @classmethod
    def unknown_token(cls) -> NotAllowedError:
        """Always in the same words: whether there ever was such a token is nothing to find out."""
        return cls("this token is not known, or no longer")


class ConflictError(QuoteError):
    """As things stand it cannot be done: superseded, over, not asked for."""


class StoreError(QuoteError):
    """What keeps the record cannot be used: not there, busy, or somebody else's."""


class UnwrittenError(StoreError):
    """It could not be written now: it is busy, the disk is full, or a server does not answer."""


def refuse_texts(**texts: str) -> None:
    """Raise `ConflictError` for texts that are too long, or have bytes that are not UTF-8."""
    reasons = []
    for name, text in texts.items():
        if len(text) > MAXIMUM_TEXT:
            reasons.append(f"a {name} has up to {MAXIMUM_TEXT} characters")
        if any("\ud800" <= character <= "\udfff" for character in text):
            reasons.append(f"the {name} is not UTF-8")
    if reasons:
        raise ConflictError(reasons)
