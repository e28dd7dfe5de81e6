"""A quote solved again: whether its answer stands, and what another price book would say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypedDict

from constraints.text.source import InputError
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.quotes.differences import differences
from cp_pricing.quotes.history import Version
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.record import contents
from cp_pricing.quotes.solved import Solved, put_to
from cp_pricing.quotes.store.store import Store
from cp_pricing.results import TuningResult
from cp_pricing.tuning import TIME_LIMIT, solve

# What makes an answer the same: how it was found, put in words and how long it took does not.
_ESSENCE = ("decision", "configuration", "quote", "ltv", "objective", "approvals", "monthly")


@dataclass(frozen=True, slots=True)
class Verification:
    """What solving a version again has shown.

    `stands` is `None` where no decision was found in time. `otherwise` says what is not as it was
    answered; `book_changed` whether the price book that was given is another one, of which
    `would_differ` says what it would answer otherwise, and `refused` why it cannot be asked.
    """

    version: Version
    stands: bool | None
    expired: date | None
    otherwise: tuple[str, ...] = ()
    book_changed: bool = False
    would_differ: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    again: Solved | None = None

    @property
    def holds(self) -> bool:
        """Whether the quote can still be relied on as it is."""
        changed = self.would_differ or self.refused
        return bool(self.stands) and self.expired is None and not changed


def verify(
    store: Store,
    version: Version,
    now: datetime,
    *,
    book: PriceBook | None = None,
    time_limit: float = TIME_LIMIT,
) -> Verification:
    """Solve a version again from its stored book, and put it to another one, if that is given.

    Each of the two solves may take `time_limit` seconds.
    """
    kept = contents(store, version)
    again = _solved(kept.book, kept.request, time_limit)
    valid_until = version.saved.valid_until
    same = _essence(again.result) == _essence(kept.result)
    decided = same or again.result.decision != "unknown"
    found = Verification(
        version=version,
        stands=same if decided else None,
        expired=valid_until if is_over(valid_until, now) else None,
        otherwise=() if same else differences(kept, again) or ("figures differ",),
        again=again,
    )
    if book is None or book.digest == kept.book.digest:
        return found
    return replace(found, book_changed=True, **_put_to_another(book, again, time_limit))


class _Otherwise(TypedDict, total=False):
    would_differ: tuple[str, ...]
    refused: tuple[str, ...]


def _put_to_another(book: PriceBook, again: Solved, time_limit: float) -> _Otherwise:
    """What another price book answers otherwise, or why it cannot be asked."""
    try:
        request = put_to(book, again)
    except InputError as faults:
        return {"refused": tuple(issue.message for issue in faults.issues)}
    other = _solved(book, request, time_limit)
    if _essence(other.result) == _essence(again.result):
        return {}
    return {"would_differ": differences(again, other)}


def _solved(book: PriceBook, request: TuningRequest, time_limit: float) -> Solved:
    return Solved(book, request, solve(book, request, time_limit=time_limit))


def _essence(result: TuningResult) -> object:
    """What has to be the same, as JSON shows it: a result that was read again has no more."""
    shown = result.model_dump(mode="json", include={*_ESSENCE, "rules"})
    shown["rules"] = [
        (rule["id"], rule["status"] == "violated", rule["left"], rule["right"])
        for rule in shown["rules"]
    ]
    return shown
