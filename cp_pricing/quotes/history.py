"""A quote as its entries tell it: its versions, who has signed, what the customer was sent.

Nothing here is kept: it all follows from the entries and from what day it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal, TypeAlias, get_args

from cp_pricing.quotes.log import events
from cp_pricing.quotes.log.acting import NotFoundError
from cp_pricing.quotes.log.entries import Entry
from cp_pricing.quotes.log.events import Saved, Waived
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.signing import theirs, worse

Status: TypeAlias = Literal[
    "open", "waiting", "refused", "ready", "sent", "agreed", "expired", "withdrawn"
]
STATUSES: tuple[Status, ...] = get_args(Status)
NeedState: TypeAlias = Literal["kept", "missing", "asked", "refused", "expired"]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a quote, as it was saved."""

    number: str
    at: datetime
    who: str
    saved: Saved

    @property
    def version(self) -> int:
        """Which one it is, from 1."""
        return self.saved.version

    @property
    def name(self) -> str:
        """What people call it: `Q-2026-0042.2`."""
        return f"{self.number}.{self.version}"

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who all have to sign."""
        return tuple(dict.fromkeys(who for rule in self.saved.waived for who in rule.approvers))


@dataclass(frozen=True, slots=True)
class Need:
    """An approver, the rules that this one has to sign for, and how that stands.

    `kept` says that a signature does, that for `version`; `expired`, that one or the asking for it
    is over. `again` says what is worse than what was signed for.
    """

    approver: str
    rules: tuple[str, ...]
    state: NeedState
    version: int | None = None
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link for the customer, by the id of its token."""

    id: str
    made: datetime
    until: date
    withdrawn: bool

    def leads(self, now: datetime) -> bool:
        """Whether it still leads anywhere."""
        return not self.withdrawn and not is_over(self.until, now)


@dataclass(frozen=True)
class Quote:
    """A quote: all that has happened to it, in order."""

    number: str
    entries: tuple[Entry, ...]

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Its versions, the first one first."""
        return tuple(
            Version(self.number, entry.at, entry.who, entry.event)
            for entry in self.entries
            if isinstance(entry.event, Saved)
        )

    @property
    def latest(self) -> Version:
        """The version that supersedes all others."""
        return self.versions[-1]

    @property
    def owner(self) -> str:
        """Whose quote it is."""
        return self.latest.saved.owner

    def version(self, which: int | None) -> Version:
        """One of its versions, or the latest; raises `NotFoundError`."""
        if which is None:
            return self.latest
        if not 1 <= which <= len(self.versions):
            raise NotFoundError(
                f"{self.number} has no version {which}", f"the latest is {self.latest.name}"
            )
        return self.versions[which - 1]

    # --- signatures -------------------------------------------------------------------------

    def needs(self, version: Version, now: datetime) -> tuple[Need, ...]:
        """Who has to sign a version, and how that stands."""
        rules = version.saved.waived
        return tuple(self.need(who, rules, version.version, now) for who in version.approvers)

    def need(
        self, approver: str, waived: Sequence[Waived], version: int | None, now: datetime
    ) -> Need:
        """How it stands with an approver and rules to be waived; `None` is what is not saved."""
        own = theirs(waived, approver)
        names = tuple(rule.rule for rule in own)
        state = self._asked(approver, version, now)
        if state == "refused":
            return Need(approver, names, state, version)
        signed = list(self.signatures(approver, now))
        compared = {each: worse(theirs(self._waived(each), approver), own) for each in signed}
        doing = [each for each, why in compared.items() if not why]
        if doing:
            return Need(approver, names, "kept", doing[-1])
        again = tuple(map(str, compared[signed[-1]])) if signed else ()
        return Need(approver, names, state, version, again)

    def signatures(self, approver: str, now: datetime) -> Iterator[int]:
        """The versions that an approver has signed, the last one last, as far as that stands."""
        grants: list[events.Granted] = []
        for entry in self.entries:
            match entry.event:
                case events.Granted() if entry.event.approver == approver:
                    grants.append(entry.event)
                case events.SignatureWithdrawn() if entry.event.approver == approver:
                    grants.clear()
                case _:
                    pass
        return (grant.version for grant in grants if not is_over(grant.until, now))

    def _waived(self, version: int) -> tuple[Waived, ...]:
        return self.versions[version - 1].saved.waived

    def _asked(self, approver: str, version: int | None, now: datetime) -> NeedState:
        """What has become of asking an approver for a version, but for signatures that do."""
        state: NeedState = "missing"
        for entry in self.entries:
            event = entry.event
            if getattr(event, "version", version) != version:
                continue
            match event:
                case events.Asked() if approver in event.approvers:
                    state = "expired" if is_over(event.until, now) else "asked"
                case events.AskingWithdrawn() if state in {"asked", "expired"}:
                    state = "missing"
                case events.Granted(approver=by) if by == approver:
                    state = "expired"  # if it still stood, it would do
                case events.Refused(approver=by) if by == approver:
                    state = "refused"
                case events.SignatureWithdrawn(approver=by) if by == approver:
                    state = "missing" if state == "expired" else state
                case _:
                    pass
        return state

    # --- where it stands --------------------------------------------------------------------

    def is_ready(self, version: Version, now: datetime) -> bool:
        """Whether a version may be sent: nobody has to sign it, or everybody has."""
        if version.saved.decision not in {"accepted", "requires_approval"}:
            return False
        return all(need.state == "kept" for need in self.needs(version, now))

    @cached_property
    def sent(self) -> events.Sent | None:
        """What the links show, once anything was sent."""
        found = [entry.event for entry in self.entries if isinstance(entry.event, events.Sent)]
        return found[-1] if found else None

    @cached_property
    def unanswered(self) -> tuple[Saved, ...]:
        """What the customer has asked for since something was sent last."""
        found: list[Saved] = []
        for entry in self.entries:
            if isinstance(entry.event, events.Sent):
                found.clear()
            elif isinstance(entry.event, Saved) and entry.event.by_customer:
                found.append(entry.event)
        return tuple(found)

    @cached_property
    def agreed(self) -> events.Agreed | None:
        """What the customer has accepted, if that is so."""
        found = (entry.event for entry in self.entries if isinstance(entry.event, events.Agreed))
        return next(found, None)

    @cached_property
    def is_withdrawn(self) -> bool:
        """Whether the seller has taken it back."""
        return any(isinstance(entry.event, events.Withdrawn) for entry in self.entries)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All links that were made for it."""
        gone = {e.token for e in self.entries if isinstance(e.event, events.LinkWithdrawn)}
        return tuple(
            Link(entry.token, entry.at, entry.event.until, withdrawn=entry.token in gone)
            for entry in self.entries
            if isinstance(entry.event, events.Linked)
        )

    def status(self, now: datetime) -> Status:
        """Where it stands, in a word."""
        if self.is_withdrawn:
            return "withdrawn"
        if self.agreed is not None:
            return "agreed"
        latest = self.latest
        if is_over(latest.saved.valid_until, now):
            return "expired"
        if self.is_ready(latest, now):
            return "sent" if self.sent and self.sent.version == latest.version else "ready"
        states = {need.state for need in self.needs(latest, now)}
        if "refused" in states:
            return "refused"
        return "waiting" if "asked" in states else "open"
