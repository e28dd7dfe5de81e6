"""The customer's link: what it shows, what the customer answers, and how it ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeAlias

from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.catalog.plans import PlanDenomination
from cp_pricing.quotes.choices import Choice, Size, choices_of, sizes_of
from cp_pricing.quotes.history import Quote, Version
from cp_pricing.quotes.log.acting import (
    Actor,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    refuse_texts,
)
from cp_pricing.quotes.log.entries import canonical, hash_of
from cp_pricing.quotes.log.events import Agreed, Linked, LinkWithdrawn, Sent
from cp_pricing.quotes.log.number import named
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.record import (
    Desk,
    Terms,
    Written,
    contents,
    contents_of,
    document,
    found,
    refuse_over,
    refuse_settled,
    superseding,
    written,
)
from cp_pricing.quotes.solved import Solved, documents_of
from cp_pricing.quotes.store.store import Reading, Store
from cp_pricing.quotes.tokens import Made, drawn, holder
from cp_pricing.quotes.wishes import wished_request
from cp_pricing.results import TuningResult
from cp_pricing.telling.context import told_of
from cp_pricing.telling.customer_view import CustomerView
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.tuning import TIME_LIMIT, solve_for_customer

MAXIMUM_WISHES = 20  # until the desk has sent something else
LinkState: TypeAlias = Literal["open", "agreed", "over"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows: what the customer may see, and whether it can be accepted.

    `catalog` is what its numbers are in, `seen` identifies what is shown, and `name` is in whose
    name it was accepted, where it was. `choices` and `sizes` are what may be asked for otherwise.
    """

    view: CustomerView
    catalog: PlanDenomination
    seen: str
    state: LinkState
    name: str = ""
    choices: tuple[Choice, ...] = ()
    sizes: tuple[Size, ...] = ()


def customer_offer(
    solved: Solved, valid_until: date, *, time_limit: float = TIME_LIMIT
) -> CustomerView:
    """What the customer may see of an answer whose signatures are given; it is solved for them.

    Raises `ConflictError` if that is not the answer itself.
    """
    if _terms(solved.result) is None:
        decision = solved.result.decision
        hint = "ask for other terms, as its next version"
        raise ConflictError(f"there is nothing to send: the decision is {decision}", hint)
    approved = solved.result.decision == "requires_approval"
    result = solve_for_customer(
        solved.book, solved.request, approved=approved, time_limit=time_limit
    )
    if _terms(result) != _terms(solved.result):
        raise ConflictError("the customer's page could not be made in time", "try again")
    return explained_to_customer(told_of(solved.book, solved.request, result), valid_until)


def _terms(result: TuningResult) -> dict[str, object] | None:
    """The terms of an answer as JSON has them, which is all that is known of one on record."""
    answer = result.configuration
    return answer.model_dump(mode="json") if answer else None


# --- the seller's side ----------------------------------------------------------------------


def send(desk: Desk, name: str, offer: CustomerView) -> Quote:
    """Let the links of a quote show its latest version from now on; it must be ready.

    `name` says the version, as in `Q-2026-0042.2`; `offer` is made of it by `customer_offer`.
    """
    desk.actor.need("send")
    content = _document(offer)
    with desk.store.writing() as record:
        before = found(record, name)
        version = before.version(named(name))
        if reasons := _unsendable(before, version, offer, desk.now):
            raise ConflictError(reasons)
        event = Sent(version=version.version, offer=hash_of(content))
        new = Written(desk.now, desk.actor, event, documents={event.offer: content})
        return written(record, before.number, new)


def _unsendable(before: Quote, version: Version, offer: CustomerView, now: datetime) -> list[str]:
    """Every reason why a version cannot be sent now."""
    latest = before.latest
    refuse_settled(before)
    reasons = _unacceptable(before, version, now)
    if version.version != latest.version:
        reasons.append(f"{version.name} is superseded by {latest.name}")
    if offer.price is None or offer.price.quote != version.saved.price:
        reasons.append(f"this is not what {version.name} says")
    return reasons


def _unacceptable(before: Quote, version: Version, now: datetime) -> list[str]:
    """Why a version is nothing that a customer can have."""
    reasons = []
    if version.saved.decision not in {"accepted", "requires_approval"}:
        reasons.append(f"the decision about {version.name} is {version.saved.decision}")
    lacking = [n.approver for n in before.needs(version, now) if n.state != "kept"]
    if lacking:
        reasons.append(f"{version.name} lacks the signature of {' and '.join(lacking)}")
    if is_over(version.saved.valid_until, now):
        reasons.append(f"{version.name} was valid until {version.saved.valid_until}")
    return reasons


def make_link(desk: Desk, number: str, until: date) -> Made:
    """A link to what of a quote is sent, for its customer, until a day."""
    desk.actor.need("send")
    refuse_over(until, desk.now)
    made = drawn()
    with desk.store.writing() as record:
        before = found(record, number)
        refuse_settled(before)
        if before.sent is None:
            raise ConflictError(f"nothing of {before.number} is sent yet", "send a version first")
        event = Linked(hash=made.hash, until=until)
        written(record, before.number, Written(desk.now, desk.actor, event, token=made.id))
    return made


def withdraw_link(desk: Desk, number: str, id_: str) -> Quote:
    """Let a link lead nowhere from now on; raises `NotFoundError`."""
    desk.actor.need("send")
    with desk.store.writing() as record:
        before = found(record, number)
        link = next((link for link in before.links if link.id == id_), None)
        if link is None:
            raise NotFoundError(f"{before.number} has no link `{id_}`")
        if link.withdrawn:
            raise ConflictError(f"the link {id_} is withdrawn already")
        new = Written(desk.now, desk.actor, LinkWithdrawn(), token=id_)
        return written(record, before.number, new)


# --- the customer's side --------------------------------------------------------------------


def shown(store: Store, token: str, now: datetime) -> Shown:
    """What a link shows; nothing is solved. Raises `NotAllowedError`, always in the same words."""
    with store.reading() as record:
        of, sent, _ = _of_link(record, token, now)
        version = of.version(sent.version)
        view = _view(document(record, sent.offer))
        solved = contents_of(record, version)
    seen = Shown(view, solved.catalog, sent.offer, "over")
    if of.agreed is not None:
        return replace(seen, state="agreed", name=of.agreed.name)
    if of.is_withdrawn or _unacceptable(of, version, now):
        return seen
    return replace(seen, state="open", choices=choices_of(solved), sizes=sizes_of(solved))


def _document(offer: CustomerView) -> bytes:
    """What is kept of a view: all of it, also what its JSON leaves out."""
    return canonical({"view": offer.model_dump(mode="json"), "meters": offer.meters}).encode()


def _view(content: bytes) -> CustomerView:
    kept = json.loads(content)
    return CustomerView.model_validate({**kept["view"], "meters": tuple(kept["meters"])})


def _of_link(record: Reading, token: str, now: datetime) -> tuple[Quote, Sent, Actor]:
    """The quote that a link leads to, what of it was sent, and who acts by it."""
    customer = holder(record, token, now)
    if customer.scope != "customer":
        raise NotAllowedError.unknown_token()
    of = found(record, customer.quote)
    if of.sent is None:
        raise NotAllowedError.unknown_token()
    return of, of.sent, customer


def _refuse_many_wishes(of: Quote) -> None:
    """A link is no way to fill a disk: what is not answered is not asked without end."""
    if len(of.unanswered) >= MAXIMUM_WISHES:
        message = f"you have asked for other terms {MAXIMUM_WISHES} times"
        raise ConflictError(message, "wait for the answer")


def _refuse_over_offer(of: Quote, sent: Sent, now: datetime) -> None:
    if of.is_withdrawn or of.agreed or _unacceptable(of, of.version(sent.version), now):
        raise ConflictError("this offer is no longer open", "ask for another one")


def agree(store: Store, token: str, seen: str, now: datetime, *, name: str) -> None:
    """Accept what a link shows, in somebody's name; `seen` is the `seen` of what was shown.

    Raises `ConflictError` if it is over, or another offer has been sent meanwhile.
    """
    refuse_texts(name=name)
    if not name.strip():
        raise ConflictError("an offer is accepted in somebody's name")
    with store.writing() as record:
        of, sent, customer = _of_link(record, token, now)
        _refuse_over_offer(of, sent, now)
        if seen != sent.offer:
            raise ConflictError("another offer has been sent meanwhile", "look at that one")
        event = Agreed(version=sent.version, name=name.strip())
        written(record, of.number, Written(now, customer, event))


def wished(store: Store, token: str, wishes: str, now: datetime) -> tuple[PriceBook, TuningRequest]:
    """What a customer asks for in place of what was sent, within the tunable bounds.

    `wishes` is a JSON text of fields and their new values. The request is to be solved, and saved
    by `save_wish`. Raises `InputError` with every fault of the wishes.
    """
    with store.reading() as record:
        of, sent, _ = _of_link(record, token, now)
    _refuse_over_offer(of, sent, now)
    _refuse_many_wishes(of)
    kept = contents(store, of.version(sent.version))
    return kept.book, wished_request(kept, wishes)


def save_wish(
    store: Store, token: str, solved: Solved, now: datetime, *, message: str = ""
) -> None:
    """Put what a customer asked for on record as a new version, which the desk has to look at."""
    documents = documents_of(solved)
    refuse_texts(message=message)
    with store.writing() as record:
        of, sent, customer = _of_link(record, token, now)
        _refuse_over_offer(of, sent, now)
        _refuse_many_wishes(of)
        terms = Terms(of.latest.saved.valid_until, note=message)
        event = superseding(record, of, (solved, documents), terms, customer)
        new = Written(now, customer, event, documents=documents.contents)
        written(record, of.number, new)
