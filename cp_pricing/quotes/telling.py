"""What happened and how things stand, in words."""

from __future__ import annotations

from typing import assert_never

from cp_pricing.quotes.history import NeedState
from cp_pricing.quotes.log import events
from cp_pricing.words import numbers as f
from cp_pricing.words.statuses import DECISIONS

STANDS: dict[NeedState, str] = {
    "kept": "signed",
    "missing": "not asked yet",
    "asked": "asked",
    "refused": "refused",
    "expired": "over: to be asked again",
}


def happened(event: events.Event) -> str:  # noqa: C901, PLR0911, PLR0912 - once for each kind
    """What an entry of the log says was done."""
    match event:
        case events.Saved():
            decision = DECISIONS[event.decision][0]
            price = f", {event.price}" if event.price else ""
            asked = "was asked for by the customer" if event.by_customer else "saved"
            return f"version {event.version} {asked}: {decision}{price}{_with(event.note)}"
        case events.Asked(version=version, approvers=approvers, until=until):
            return f"version {version}: {f.listed(approvers)} asked to sign until {until}"
        case events.AskingWithdrawn(version=version):
            return f"version {version}: asked for signatures no longer"
        case events.Granted(version=version, approver=approver, comment=comment, until=until):
            last = f", until {until}" if until else ""
            return f"version {version} signed for {approver}{last}{_with(comment)}"
        case events.Refused(version=version, approver=approver, comment=comment):
            return f"version {version} refused for {approver}{_with(comment)}"
        case events.SignatureWithdrawn(approver=approver, comment=comment):
            return f"signatures of {approver} withdrawn{_with(comment)}"
        case events.Sent(version=version):
            return f"version {version} sent: the customer's links show it"
        case events.Linked(until=until):
            return f"a link made for the customer, until {until}"
        case events.LinkWithdrawn():
            return "a link withdrawn"
        case events.Agreed(version=version, name=name):
            return f"version {version} accepted by {name}"
        case events.Withdrawn(comment=comment):
            return f"withdrawn{_with(comment)}"
        case events.TokenMade(scope=scope, holder=holder, approver=approver, until=until):
            whose = f" for {approver}" if approver else ""
            last = f", until {until}" if until else ""
            made = f"a token made for {holder}" if event.hash else f"{holder} let in by sign-on"
            return f"{made}: {scope}{whose}{last}"
        case events.TokenRevoked():
            return "a token revoked"
        case _:
            assert_never(event)


def _with(comment: str) -> str:
    return f" ({comment.strip()})" if comment.strip() else ""
