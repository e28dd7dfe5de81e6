"""The answer to a customer in words, from the customer's view and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from constraints.language.expressions import Value
from cp_pricing.exact import term_shown, value_of
from cp_pricing.fields import PRICE, solved_field
from cp_pricing.results import FieldChange
from cp_pricing.telling.context import Told
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
from cp_pricing.words.facts import Next, Section, sections_of, text_of
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

INSTEAD = "What we can offer instead"
_ONBOARDING = "customer_funded_onboarding"


def explained_to_customer(told: Told, valid_until: date | None = None) -> CustomerView:
    """What the customer may see of a result, with its explanation."""
    view = customer_view(told, valid_until)
    text = text_of(customer_sections(view, told.catalog))
    return view.model_copy(update={"explanation": text})


def headline(view: CustomerView) -> str:
    """The answer in a word or two; a plan as it is listed is always to be had."""
    if view.decision == "rejected":
        return "not on these terms" if view.asked else "at list price"
    return "available now" if view.decision == "accepted" else "not decided yet"


def customer_sections(view: CustomerView, catalog: Denomination) -> tuple[Section, ...]:
    """The customer's explanation, by the question that it answers."""
    alternatives = (
        _alternative(offer, view, catalog, recommended=not place)
        for place, offer in enumerate(view.counteroffers)
    )
    titled = {
        "Our answer": _answer(view, catalog),
        "What your commitments bring": _commitments(view, catalog),
        "What stands in the way": _obstacles(view, catalog),
        INSTEAD: alternatives,
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


def _answer(view: CustomerView, catalog: Denomination) -> Iterator[str]:
    if view.price is not None:
        yield _offered(view, view.price, catalog)
        yield from _a_month(view, catalog)
        if view.terms:
            yield f"It comes with {_listed(view.terms, catalog)}{_reason(view, catalog)}."
    elif view.decision == "unknown":
        yield "We could not decide on this in time, which is neither a yes nor a no."
    elif view.asked:
        whom = view.customer or "you"
        yield f"Sorry, we cannot offer {whom} {view.plan}{_wishes(view, catalog)}."
    if view.price is None and view.decision == "rejected":
        yield _list_stands(view, catalog)
    if _is_above_list(view):
        yield _or_as_listed(view, catalog)
    if view.only_at_once:
        yield "This is our answer at once; any other price we would have to confirm first."


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


def _a_month(view: CustomerView, catalog: Denomination) -> Iterator[str]:
    """The bill at the expected use, beside that at list."""
    if view.bill is None:
        return
    bill, listed = (f.money(amount, catalog.currency) for amount in (view.bill, view.list_bill))
    beside = f", compared with {listed} at list" if bill != listed else ", the same as at list"
    yield f"At the use we expect, you would pay {bill} a month{beside}."


def _commitments(view: CustomerView, catalog: Denomination) -> Iterator[str]:
    """What the customer's commitments do for the price, then what more of them would."""
    if view.price is None:
        return
    for commitment in view.commitments:
        if commitment.lowers_price:
            yield _lowers_price(commitment, view.price, catalog)
    for commitment in view.commitments:
        if commitment.with_more is not None:
            yield _would_lower_price(commitment, commitment.with_more, catalog)


def _obstacles(view: CustomerView, catalog: Denomination) -> Iterator[str]:
    for bad in view.not_on_offer:
        yield _not_on_offer(bad, catalog)
    asked = {each.field: term_shown(each.field, each.value) for each in view.asked}
    for fields in view.in_the_way if asked else ():
        yield _in_the_way(fields, [own_term(*asked[name], catalog) for name in fields], view)


def _next(view: CustomerView) -> Iterator[str | Next]:
    if view.valid_until and (view.price or view.counteroffers):
        yield f"This is valid until {f.day(view.valid_until)}."
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


# --- sentences ------------------------------------------------------------------------------


def _offered(view: CustomerView, price: CustomerPrice, catalog: Denomination) -> str:
    """The usage price that is offered, beside the list price."""
    whom, listed = view.customer or "you", view.list_price.price
    offered = f"We offer {whom} {view.plan} at {price.quote}"
    if catalog.is_card:
        return f"{with_rates(offered, main_rates(view.rates, view.meters, catalog))}."
    if price.price == listed:
        return f"{offered}, which is our list price."
    # Of a list price of nothing no percentage can be said.
    change = f.change(price.price, listed) or "more"
    return f"{offered}, {change} than our list price of {f.quoted(listed, catalog)}."


def _lowers_price(
    commitment: CustomerCommitment, price: CustomerPrice, catalog: Denomination
) -> str:
    """What a commitment of the customer does for the price that is offered."""
    value = value_of(commitment.value)
    noun = capital(the_term(commitment.field, value, catalog, "your"))
    if commitment.field == _ONBOARDING and commitment.value:
        noun = "Paying for the onboarding"
    plural = is_plural(commitment.field, value)
    if commitment.without is None:
        what = f"this {'offer' if catalog.is_card else 'price'} possible"
        return f"{noun} {'make' if plural else 'makes'} {what}."
    before, quote = commitment.without.price, commitment.without.quote
    if catalog.is_card:
        more = f.points(before - price.price)
        instead = f"; without {'them' if plural else 'it'} our offer is {quote}"
        return f"{noun} {'bring' if plural else 'brings'} {more} more off{instead}."
    saved = f.quoted(before - price.price, catalog)
    return f"{noun} {'lower' if plural else 'lowers'} the price by {saved}, from {quote}."


def _would_lower_price(
    commitment: CustomerCommitment, price: CustomerPrice, catalog: Denomination
) -> str:
    """What one step more of a commitment would do for the price."""
    step = FieldChange(
        field=commitment.field,
        asked=commitment.value,
        offered=commitment.next_value or commitment.value,
    )
    act = change_in_words(step, catalog)
    return f"If you {act}, {price_words(catalog).offer} {price.quote}."


def _not_on_offer(bound: CustomerBound, catalog: Denomination) -> str:
    """A term that was asked for and is not on offer, and what is."""
    field, value = term_shown(bound.field, bound.asked)
    name = capital(f.label(field, catalog))
    asked = f.field_value(field, value, catalog)
    if bound.possible is None:
        return f"{name}: {asked} is not on offer."
    return f"{name}: you asked for {asked}; on offer is {bound.possible}."


def _in_the_way(fields: Sequence[str], terms: Sequence[str], view: CustomerView) -> str:
    """Terms that cannot be had together at any price; none if it is not they alone."""
    changed = [{change.field for change in offer.changes} for offer in view.counteroffers]
    if not terms:
        if not changed:
            return "To change the terms that you asked for would not be enough."
        return "Other terms than those that you asked for would have to change, too."
    cannot = f"We cannot agree to {f.listed(terms)}{' together' if len(terms) > 1 else ''}"
    # Nobody is sent to look for other terms with which none of the offers keeps to these.
    if any(each.isdisjoint(fields) for each in changed):
        return f"{cannot} unless another term changes as well."
    return f"{cannot} on these terms." if changed else f"{cannot}."


def _alternative(
    offer: CustomerOffer, view: CustomerView, catalog: Denomination, *, recommended: bool
) -> str:
    """Other terms that could be had, and their price; of the recommended one, why it is."""
    acts = acts_in_words(offer.changes, catalog)
    listed = f.quoted(view.list_price.price, catalog)
    dearer = offer.above_list_price and not catalog.is_card
    above = f", above our list price of {listed}" if dearer else ""
    price_is = price_words(catalog).offer
    if not recommended:
        return f"If you {acts}, {price_is} {offer.price.quote}{above}."
    nearest = ", which is nearest to what you asked for" if view.asked else ""
    return f"We recommend that you {acts}{nearest}: {price_is} then {offer.price.quote}{above}."
