"""The answer to a customer in words, from the customer's view and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from constraints.language.expressions import Value
from cp_pricing.exact import term_shown, value_of
from cp_pricing.fields import PRICE, solved_field
from cp_pricing.results import FieldChange, TuningResult
from cp_pricing.telling.context import ExplanationContext
from cp_pricing.telling.customer_view import (
    CustomerBound,
    CustomerCommitment,
    CustomerOffer,
    CustomerPrice,
    CustomerTerm,
    CustomerView,
    customer_view,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import Justification, Next, Remark, Section, sections_of, text_of
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.rates import main_rates, with_rates
from cp_pricing.words.terms import (
    acts_in_words,
    capital,
    change_in_words,
    is_plural,
    term,
    the_term,
)

_ONBOARDING = "customer_funded_onboarding"


def explained_to_customer(
    context: ExplanationContext, result: TuningResult, valid_until: date | None = None
) -> CustomerView:
    """What the customer may see of a result, with its explanation."""
    view = customer_view(context, result, valid_until)
    text = text_of(customer_sections(view, context.catalog))
    return view.model_copy(update={"explanation": text})


def headline(view: CustomerView) -> str:
    """The answer in a word or two; a plan as it is listed is always to be had."""
    if view.decision == "rejected":
        return "not on these terms" if view.asked else "at list price"
    return "available now" if view.decision == "accepted" else "not decided yet"


def customer_sections(view: CustomerView, catalog: Denomination) -> tuple[Section, ...]:
    """The customer's explanation, by the question that it answers."""
    alternatives = (
        Alternative(offer, view, catalog, recommended=not place)
        for place, offer in enumerate(view.counteroffers)
    )
    titled = {
        "Our answer": _answer(view, catalog),
        "What your commitments bring": _commitments(view, catalog),
        "What stands in the way": _obstacles(view, catalog),
        "What we can offer instead": alternatives,
        "What to do next": _next(view),
    }
    return sections_of(titled.items())


def own_term(field: str, value: Value, catalog: Denomination) -> str:
    """A term as the customer would call it: `a 12-month term`, `onboarding at your expense`."""
    if field == _ONBOARDING and value:
        return "onboarding at your expense"
    return term(field, value, catalog)


def _listed(terms: tuple[CustomerTerm, ...], catalog: Denomination) -> str:
    named = [term_shown(each.field, each.value) for each in terms]
    return f.listed([own_term(*each, catalog) for each in named])


def _answer(view: CustomerView, catalog: Denomination) -> Iterator[Justification]:
    if view.price is not None:
        yield Offered(view, view.price, catalog)
        yield from _a_month(view, catalog)
        if view.terms:
            yield Remark(f"It comes with {_listed(view.terms, catalog)}{_reason(view, catalog)}.")
    elif view.decision == "unknown":
        yield Remark("We could not decide on this in time, which is neither a yes nor a no.")
    elif view.asked:
        whom = view.customer or "you"
        yield Remark(f"Sorry, we cannot offer {whom} {view.plan}{_wishes(view, catalog)}.")
    if view.price is None and view.decision == "rejected":
        yield Remark(_list_stands(view, catalog))
    if _is_above_list(view):
        yield Remark(_or_as_listed(view, catalog))
    if view.only_at_once:
        yield Remark("This is our answer at once; any other price we would have to confirm first.")


def _list_stands(view: CustomerView, catalog: Denomination) -> str:
    usual = f.money(view.list_bill, catalog.currency)
    if catalog.is_card:
        return (
            f"Our list rates for {view.plan} stand; at the use we expect they come to {usual} a"
            " month."
        )
    return (
        f"Our list price for {view.plan} stands: {view.list_price.quote}, which at the use we"
        f" expect comes to {usual} a month."
    )


def _or_as_listed(view: CustomerView, catalog: Denomination) -> str:
    usual = f.money(view.list_bill, catalog.currency)
    at = "" if catalog.is_card else f", at {view.list_price.quote}"
    return f"You can also take {view.plan} as listed{at}: {usual} a month at the use we expect."


def _wishes(view: CustomerView, catalog: Denomination) -> str:
    """What was asked for, its price first."""
    named = [term_shown(each.field, each.value) for each in view.asked]
    prices = [Fraction(value) for field, value in named if field == PRICE]
    terms = tuple(each for each in view.asked if solved_field(each.field) != PRICE)
    at = "".join(f" at {f.quote(price, catalog)}" for price in prices)
    return f"{at} with {_listed(terms, catalog)}" if terms else at


def _is_above_list(view: CustomerView) -> bool:
    listed = view.list_price.price
    return view.price is not None and view.price.price > listed


def _reason(view: CustomerView, catalog: Denomination) -> str:
    """Why the price is below list, where it is for what the customer commits to."""
    lowers = any(commitment.lowers_price for commitment in view.commitments)
    below = view.price and view.price.price < view.list_price.price
    return f"; {price_words(catalog).below_list}" if lowers and below else ""


def _a_month(view: CustomerView, catalog: Denomination) -> Iterator[Justification]:
    """The bill at the expected use, beside that at list."""
    if view.bill is None:
        return
    bill, listed = (f.money(amount, catalog.currency) for amount in (view.bill, view.list_bill))
    beside = f", compared with {listed} at list" if bill != listed else ", the same as at list"
    yield Remark(f"At the use we expect, you would pay {bill} a month{beside}.")


def _commitments(view: CustomerView, catalog: Denomination) -> Iterator[Justification]:
    """What the customer's commitments do for the price, then what more of them would."""
    if view.price is None:
        return
    for commitment in view.commitments:
        if commitment.lowers_price:
            yield LowersPrice(commitment, view.price, catalog)
    for commitment in view.commitments:
        if commitment.with_more is not None:
            yield WouldLowerPrice(commitment, commitment.with_more, catalog)


def _obstacles(view: CustomerView, catalog: Denomination) -> Iterator[Justification]:
    for bad in view.not_on_offer:
        yield NotOnOffer(bad, catalog)
    asked = {each.field: term_shown(each.field, each.value) for each in view.asked}
    for fields in view.in_the_way if asked else ():
        yield InTheWay(tuple(own_term(*asked[name], catalog) for name in fields))


def _next(view: CustomerView) -> Iterator[Justification]:
    if view.valid_until and (view.price or view.counteroffers):
        yield Remark(f"This is valid until {f.day(view.valid_until)}.")
    if view.decision == "accepted":
        listed = f" take {view.plan} as listed," if _is_above_list(view) else ""
        yield Next(f"confirm these terms,{listed} or tell us what you would like to change")
    elif view.counteroffers:
        yield Next("tell us which of these suits you, or ask for other terms")
    elif view.decision == "unknown":
        yield Next("give us more time, or leave fewer terms open")
    elif view.asked:
        yield Next(f"take {view.plan} as it is in our list, or ask for other terms")
    else:
        yield Next("take it at this price, or ask for other terms or another plan")


# --- justifications -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """The usage price that is offered."""

    view: CustomerView
    price: CustomerPrice
    catalog: Denomination

    def sentence(self) -> str:
        """The offer beside the list price."""
        view, listed = self.view, self.view.list_price.price
        whom = view.customer or "you"
        offered = f"We offer {whom} {view.plan} at {self.price.quote}"
        if self.catalog.is_card:
            return f"{with_rates(offered, main_rates(view.rates, view.meters, self.catalog))}."
        if self.price.price == listed:
            return f"{offered}, which is our list price."
        # Of a list price of nothing no percentage can be said.
        change = f.change(self.price.price, listed) or "more"
        return f"{offered}, {change} than our list price of {f.quoted(listed, self.catalog)}."


@dataclass(frozen=True, slots=True)
class LowersPrice:
    """What a commitment of the customer does for the price that is offered."""

    commitment: CustomerCommitment
    price: CustomerPrice
    catalog: Denomination

    def sentence(self) -> str:
        """The commitment, and the price without it."""
        commitment = self.commitment
        plural = is_plural(commitment.field, value_of(commitment.value))
        if commitment.without is None:
            what = f"this {'offer' if self.catalog.is_card else 'price'} possible"
            return f"{self._noun()} {'make' if plural else 'makes'} {what}."
        before = commitment.without.price
        if self.catalog.is_card:
            more = f.points(before - self.price.price)
            brings = "bring" if plural else "brings"
            instead = f"; without {'them' if plural else 'it'} our offer is"
            return f"{self._noun()} {brings} {more} more off{instead} {commitment.without.quote}."
        saved = f.quoted(before - self.price.price, self.catalog)
        verb = "lower" if plural else "lowers"
        return f"{self._noun()} {verb} the price by {saved}, from {commitment.without.quote}."

    def _noun(self) -> str:
        commitment = self.commitment
        if commitment.field == _ONBOARDING and commitment.value:
            return "Paying for the onboarding"
        return capital(the_term(commitment.field, value_of(commitment.value), self.catalog, "your"))


@dataclass(frozen=True, slots=True)
class WouldLowerPrice:
    """What one step more of a commitment would do for the price."""

    commitment: CustomerCommitment
    price: CustomerPrice
    catalog: Denomination

    def sentence(self) -> str:
        """The step, and the price that it brings."""
        commitment = self.commitment
        step = FieldChange(
            field=commitment.field,
            asked=commitment.value,
            offered=commitment.next_value or commitment.value,
        )
        act = change_in_words(step, self.catalog)
        offer = price_words(self.catalog).offer
        return f"If you {act}, {offer} {self.price.quote}."


@dataclass(frozen=True, slots=True)
class NotOnOffer:
    """A term that was asked for and is not on offer."""

    bound: CustomerBound
    catalog: Denomination

    def sentence(self) -> str:
        """What was asked for, and what is on offer."""
        bound = self.bound
        field, value = term_shown(bound.field, bound.asked)
        name = capital(f.label(field, self.catalog))
        asked = f.field_value(field, value, self.catalog)
        return f"{name}: you asked for {asked}; on offer is {bound.possible}."


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Terms that cannot be had together at any price; none if it is not they alone."""

    terms: tuple[str, ...]

    def sentence(self) -> str:
        """What would have to change."""
        if not self.terms:
            return "Other terms than those that you asked for would have to change, too."
        if len(self.terms) == 1:
            return f"We cannot agree to {self.terms[0]} unless another term changes as well."
        return (
            f"We cannot agree to {f.listed(self.terms)} together unless another term changes as"
            " well."
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other terms that could be had, and their price."""

    offer: CustomerOffer
    view: CustomerView
    catalog: Denomination
    recommended: bool

    def sentence(self) -> str:
        """What to change, and the price that this brings; of the recommended one, why it is."""
        acts = acts_in_words(self.offer.changes, self.catalog)
        listed = f.quoted(self.view.list_price.price, self.catalog)
        dearer = self.offer.above_list_price and not self.catalog.is_card
        above = f", above our list price of {listed}" if dearer else ""
        offer = price_words(self.catalog).offer
        if not self.recommended:
            return f"If you {acts}, {offer} {self.offer.price.quote}{above}."
        return (
            f"We recommend that you {acts}, which is nearest to what you asked for: {offer}"
            f" then {self.offer.price.quote}{above}."
        )
