"""The answer to a customer in words, from the customer's view and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from constraints.expressions import Value
from cp_pricing import formatting as f
from cp_pricing.customer_view import (
    CustomerBound,
    CustomerCommitment,
    CustomerOffer,
    CustomerTerm,
    CustomerView,
    customer_view,
)
from cp_pricing.explanation import ExplanationContext
from cp_pricing.formatting import Denomination
from cp_pricing.justifications import Justification, Remark, paragraph
from cp_pricing.narrative import Section
from cp_pricing.phrases import (
    capital,
    change_in_words,
    is_nothing,
    is_plural,
    number_of,
    term,
    the_term,
)
from cp_pricing.results import TuningResult

_ONBOARDING = "customer_funded_onboarding"


def explained_to_customer(context: ExplanationContext, result: TuningResult) -> CustomerView:
    """What the customer may see of a result, with its explanation."""
    view = customer_view(context, result)
    parts = [part for section in customer_sections(view, context.catalog) for part in section.parts]
    return view.model_copy(update={"explanation": paragraph(parts)})


def customer_sections(view: CustomerView, catalog: Denomination) -> tuple[Section, ...]:
    """The customer's explanation, by the question that it answers."""
    found = {
        "Our answer": _answer(view, catalog),
        "What your commitments bring": _commitments(view, catalog),
        "What stands in the way": _obstacles(view, catalog),
        "What we can offer instead": (Alternative(o, view, catalog) for o in view.counteroffers),
        "What to do next": _next(view),
    }
    sections = (Section(title, tuple(parts)) for title, parts in found.items())
    return tuple(section for section in sections if section.parts)


def own_term(field: str, value: Value, catalog: Denomination) -> str:
    """A term as the customer would call it: `a 12-month term`, `onboarding at your own cost`."""
    if field == _ONBOARDING and value:
        return "onboarding at your own cost"
    return term(field, value, catalog)


def _listed(terms: tuple[CustomerTerm, ...], catalog: Denomination) -> str:
    return f.listed([own_term(each.field, number_of(each.value), catalog) for each in terms])


# --- justifications -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """The usage price that is offered, and the terms that it comes with."""

    view: CustomerView
    catalog: Denomination

    def sentence(self) -> str:
        """The offer beside the list price."""
        view, price = self.view, self.view.price
        if price is None:
            return ""
        change = f.change(price.usage_unit_price, view.list_price.usage_unit_price)
        listed = f.quoted(view.list_price.usage_unit_price, self.catalog)
        against = {"": "", "unchanged": ", our list price"}.get(
            change, f", {change} than our list price of {listed}"
        )
        terms = _listed(view.terms, self.catalog)
        given = f" with {terms}" if terms else ""
        free = view.decision == "accepted"
        confirmed = "" if free else "; we still have to confirm it"
        return f"{'We offer' if free else 'We can offer'} {view.plan}{given} at {price.quote}{against}{confirmed}."


@dataclass(frozen=True, slots=True)
class CommitmentLowersPrice:
    """What a commitment does to the price that is offered."""

    commitment: CustomerCommitment
    quote: str
    catalog: Denomination

    def sentence(self) -> str:
        """The price without the commitment, and with more of it."""
        done = self._does()
        more = self._more()
        return f"{capital(done)}{'; ' if done and more else ''}{more if done else capital(more)}."

    def _noun(self) -> str:
        found = self.commitment
        if found.field == _ONBOARDING and found.value:
            return "paying for the onboarding yourself"
        return the_term(found.field, number_of(found.value), self.catalog, "your")

    def _does(self) -> str:
        ...
