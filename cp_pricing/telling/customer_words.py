"""The answer to a customer in words, from the customer's view and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from constraints.language.expressions import Value
from cp_pricing.exact import value_of
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
from cp_pricing.words.terms import (
    capital,
    change_in_words,
    is_nothing,
    is_plural,
    term,
    the_term,
)

_ONBOARDING = "customer_funded_onboarding"


def explained_to_customer(context: ExplanationContext, result: TuningResult) -> CustomerView:
    """What the customer may see of a result, with its explanation."""
    view = customer_view(context, result)
    text = text_of(customer_sections(view, context.catalog))
    return view.model_copy(update={"explanation": text})


def customer_sections(view: CustomerView, catalog: Denomination) -> tuple[Section, ...]:
    """The customer's explanation, by the question that it answers."""
    titled = {
        "Our answer": _answer(view, catalog),
        "What your commitments bring": _commitments(view, catalog),
        "What stands in the way": _obstacles(view, catalog),
        "What we can offer instead": (Alternative(o, view, catalog) for o in view.counteroffers),
        "What to do next": _next(view),
    }
    return sections_of(titled.items())


def own_term(field: str, value: Value, catalog: Denomination) -> str:
    """A term as the customer would call it: `a 12-month term`, `onboarding at your expense`."""
    if field == _ONBOARDING and value:
        return "onboarding at your expense"
    return term(field, value, catalog)


def _listed(terms: tuple[CustomerTerm, ...], catalog: Denomination) -> str:
    return f.listed([own_term(each.field, value_of(each.value), catalog) for each in terms])


def _answer(view: CustomerView, catalog: Denomination) -> Iterator[Justification]:
    if view.price is not None:
        yield Offered(view, view.price, catalog)
        if view.terms:
            yield Remark(f"It comes with {_listed(view.terms, catalog)}.")
    elif view.decision == "unknown":
        yield Remark("We could not decide on this in time, which is neither a yes nor a no.")
    else:
        asked = _listed(view.asked, catalog)
        given = f" with {asked}" if asked else " as it stands"
        yield Remark(f"We have no usage price to offer for {view.plan}{given}.")
    if view.only_at_once:
        yield Remark("This is our answer at once; any other price we would have to confirm first.")


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
    asked = {each.field: value_of(each.value) for each in view.asked}
    for fields in view.in_the_way if asked else ():
        yield InTheWay(tuple(own_term(name, asked[name], catalog) for name in fields))


def _next(view: CustomerView) -> Iterator[Justification]:
    if view.decision == "accepted":
        yield Next("confirm these terms, or tell us what you would like to change")
    elif view.counteroffers:
        yield Next("tell us which of these suits you, or ask for other terms")
    elif view.decision == "unknown":
        yield Next("give us more time, or leave fewer terms open")
    else:
        yield Next("ask for other terms, or for another plan")


# --- justifications -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """The usage price that is offered."""

    view: CustomerView
    price: CustomerPrice
    catalog: Denomination

    def sentence(self) -> str:
        """The offer beside the list price."""
        view, listed = self.view, self.view.list_price.usage_unit_price
        change = f.change(self.price.usage_unit_price, listed)
        against = f", {change} than our list price of {f.quoted(listed, self.catalog)}"
        if change in {"", "unchanged"}:
            against = ", which is our list price" if change else ""
        return f"We offer you {view.plan} at {self.price.quote}{against}."


@dataclass(frozen=True, slots=True)
class LowersPrice:
    """What a commitment of the customer does for the price that is offered."""

    commitment: CustomerCommitment
    price: CustomerPrice
    catalog: Denomination

    def sentence(self) -> str:
        """The commitment, and the price without it."""
        commitment = self.commitment
        value, instead = value_of(commitment.value), value_of(commitment.instead)
        plural = is_plural(commitment.field, value)
        if commitment.without is None:
            verb = "make" if plural else "makes"
            without = "without them" if plural else "without it"
            if not is_nothing(commitment.field, instead):
                without = f"with {own_term(commitment.field, instead, self.catalog)}"
            return (
                f"{self._noun()} {verb} this offer possible: {without} we have no price to offer."
            )
        before = commitment.without.usage_unit_price
        saved = f.quoted(before - self.price.usage_unit_price, self.catalog)
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
        return f"If you {act}, our price is {self.price.quote}."


@dataclass(frozen=True, slots=True)
class NotOnOffer:
    """A term that was asked for and is not on offer."""

    bound: CustomerBound
    catalog: Denomination

    def sentence(self) -> str:
        """What was asked for, and what is on offer."""
        bound = self.bound
        name = capital(f.label(bound.field, self.catalog))
        asked = f.field_value(bound.field, value_of(bound.asked), self.catalog)
        return f"{name}: you asked for {asked}; on offer is {bound.possible}."


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Terms that cannot be had together at any price; none if it is not they alone."""

    terms: tuple[str, ...]

    def sentence(self) -> str:
        """What would have to change."""
        if not self.terms:
            return "To change only the terms that you asked for would not be enough."
        together = " together" if len(self.terms) > 1 else ""
        return (
            f"Unless other terms change too, we cannot offer {f.listed(self.terms)}{together}"
            " at any usage price."
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other terms that could be had, and their price."""

    offer: CustomerOffer
    view: CustomerView
    catalog: Denomination

    def sentence(self) -> str:
        """What to change, and the price that this brings."""
        acts = f.listed([change_in_words(change, self.catalog) for change in self.offer.changes])
        listed = f.quoted(self.view.list_price.usage_unit_price, self.catalog)
        above = f", above our list price of {listed}" if self.offer.above_list_price else ""
        return f"If you {acts}, our price is {self.offer.price.quote}{above}."
