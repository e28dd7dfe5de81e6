"""The terms of a deal as phrases of a sentence: what was asked for, and what to change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from constraints.language.expressions import Value
from cp_pricing.exact import value_of
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    BOOLEAN_FIELDS,
    PRICE,
    RATES,
    UNLIMITED,
    base_name,
    meter_of,
    solved_field,
)
from cp_pricing.results import Approval, Counteroffer, FieldChange, Witness
from cp_pricing.terms import AnyTerms
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words

# With and without each of the terms that are a matter of yes or no.
_CHOICES = {
    "customer_funded_onboarding": ("customer-funded onboarding", "onboarding free of charge"),
    "reduced_cancellation_flexibility": (
        "reduced cancellation flexibility",
        "full cancellation flexibility",
    ),
}
_CHOOSE = {
    "customer_funded_onboarding": ("pay for the onboarding", "have the onboarding free of charge"),
    "reduced_cancellation_flexibility": (
        "accept reduced cancellation flexibility",
        "keep full cancellation flexibility",
    ),
}
_COMMIT = "commit to "
# How an amount of money is taken on where there was none.
_AMOUNTS = {
    "platform_fee": "pay a platform fee of {} a month",
    "seat_fee": "pay a seat fee of {} a member and month",
    "minimum_monthly_turnover": _COMMIT + "a minimum of {} a month",
    "prepaid_amount": "prepay {}",
    "guaranteed_platform_fee": "guarantee a platform fee of {} a month",
}


def capital(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def changed_fields(terms: AnyTerms, baseline: AnyTerms) -> tuple[str, ...]:
    """The fields, besides the usage price, in which two sets of terms differ, in field order."""
    return tuple(
        field
        for field in terms.fields
        if field != PRICE and terms.value(field) != baseline.value(field)
    )


def approving(approvals: Sequence[Approval]) -> str:
    """Who approves: "`deal-desk` approves", "`deal-desk` and `cfo` approve"."""
    who = f.coded(approval.approver for approval in approvals)
    return f"{who} {'approves' if len(approvals) == 1 else 'approve'}"


def other_terms(
    fields: Iterable[str],
    asked: Mapping[str, Value],
    catalog: Denomination,
    conjunction: str = "and",
) -> str:
    """What some terms that were asked for could be instead: `another term and another prepayment`.

    A yes or no can only be the other one: `onboarding free of charge`.
    """
    named = [(field, asked[solved_field(field)]) for field in fields]
    return f.listed([_another(*each, catalog) for each in named], conjunction)


def _another(field: str, asked: Value, catalog: Denomination) -> str:
    if field in BOOLEAN_FIELDS:
        return term(field, not asked, catalog)
    number = "number of " if base_name(field) == ALLOWANCE else ""
    return f"another {number}{f.label(field, catalog)}"


# --- terms as nouns -------------------------------------------------------------------------


def term(field: str, value: Value, catalog: Denomination) -> str:
    """A field's value as a noun: `a 12-month term`, `output tokens at USD 18.00 per 1M`."""
    if field in BOOLEAN_FIELDS:
        return _CHOICES[field][0 if value else 1]
    own = _NOUNS.get(base_name(field), _sum)
    return own(field, Fraction(value), catalog)


def _sum(field: str, number: Fraction, catalog: Denomination) -> str:
    name = f.label(field, catalog)
    if not number:
        return f"no {name}"
    return f"{article(name)} {name} of {_amount(field, number, catalog)}"


def _price(field: str, price: Fraction, catalog: Denomination) -> str:
    return f.quote(price, catalog) if catalog.is_card else _sum(field, price, catalog)


def _rate(field: str, price: Fraction, catalog: Denomination) -> str:
    """A price of one meter, or its rate as it is listed."""
    name = f.plural(f.unit_of(meter_of(field), catalog))
    at = "their list rate" if price == AS_LISTED else f.field_value(field, price, catalog)
    return f"{name} at {at}"


def _amount(field: str, number: Fraction, catalog: Denomination) -> str:
    if field == PRICE:
        return f.field_value(field, number, catalog)
    amount = f.exact_money(number, catalog.currency)
    per = {"prepaid_amount": "", "seat_fee": " a member and month"}
    # The name of the monthly minimum says already what it is for.
    return amount + per.get(field, "" if field == "minimum_monthly_turnover" else " a month")


def _allowance(field: str, number: Fraction, catalog: Denomination) -> str:
    name = f.label(field, catalog)
    if number >= UNLIMITED:
        return f"unlimited {name.removeprefix('included ')}"
    return f"{f.counted(number)} {name} a month" if number else f"no {name}"


def _duration(field: str, number: Fraction, catalog: Denomination) -> str:
    del field, catalog
    if number == 1:
        return "a month-to-month contract"
    count = f.exact(number)
    return f"{article(count)} {count}-month term"


_NOUNS: Mapping[str, Callable[[str, Fraction, Denomination], str]] = {
    ALLOWANCE: _allowance,
    RATES: _rate,
    PRICE: _price,
    "contract_duration_months": _duration,
}


def article(text: str) -> str:
    """The indefinite article before a text: `an 18-month term`."""
    # Not `u`, as in a unit or a user; 8 is eight, eighty, eight hundred.
    said_with_vowel = text[:1] in set("aeio8") or text in {"11", "18"}
    return "an" if said_with_vowel else "a"


def the_term(field: str, value: Value, catalog: Denomination, the: str = "the") -> str:
    """A field's value as a noun that is known already: `the 12-month term`, `having no term`."""
    noun = term(field, value, catalog)
    if noun.startswith("no "):
        return f"having {noun}"
    for indefinite in ("a ", "an "):
        noun = noun.removeprefix(indefinite)
    return f"{the} {noun}"


def is_plural(field: str, value: Value) -> bool:
    """Whether a field's value, as a noun, is a plural: `30M included tokens`."""
    return base_name(field) == RATES or (base_name(field) == ALLOWANCE and value != 0)


def is_nothing(field: str, value: Value) -> bool:
    """Whether a field's value commits to nothing: zero, no, or month to month."""
    return value == (1 if field == "contract_duration_months" else 0)


def terms_in_words(terms: AnyTerms, catalog: Denomination) -> str:
    """All terms in one line: the usage price, and what the customer commits to."""
    parts = [f.quote(terms.price, catalog)]
    parts += [_input(name, terms, catalog) for name in terms.fields if _is_term(name, terms)]
    return ", ".join(parts)


def witness_in_words(witness: Witness, catalog: Denomination) -> str:
    """A deal in one line: its terms, and the facts on which a rule rests."""
    facts = [f"{name} {fact_in_words(value)}" for name, value in witness.facts.items()]
    return ", ".join([terms_in_words(witness.configuration, catalog), *facts])


def fact_in_words(value: str | bool) -> str:  # noqa: FBT001 - a value, not a switch
    """A fact's value as people read it."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _is_term(name: str, terms: AnyTerms) -> bool:
    """Whether a field besides the price says something: of a rate, that a price is in its place."""
    value = terms.value(name)
    return name != PRICE and bool(value) and value != AS_LISTED


def _input(name: str, terms: AnyTerms, catalog: Denomination) -> str:
    value, label = terms.value(name), f.label(name, catalog)
    if value is True:
        return label
    if base_name(name) == RATES:
        return _rate(name, Fraction(value), catalog)
    shown = f.field_value(name, value, catalog)
    if name == "contract_duration_months":
        return shown
    return f"{shown} included" if base_name(name) == ALLOWANCE else f"{label} {shown}"


# --- changes as acts ------------------------------------------------------------------------


def change_in_words(change: FieldChange, catalog: Denomination) -> str:
    """What to do to a term: `commit to 24 months`, `lower included tokens from 30M to 6M`."""
    field, asked, offered = change.field, value_of(change.asked), value_of(change.offered)
    if field in BOOLEAN_FIELDS:
        return _CHOOSE[field][0 if offered else 1]
    before, after = Fraction(asked), Fraction(offered)
    if field == "contract_duration_months":
        return _change_of_duration(before, after)
    if base_name(field) == ALLOWANCE:
        return _change_of_allowance(field, before, after, catalog)
    if base_name(field) == RATES:
        return f"take {_rate(field, after, catalog)}"
    return _change_of_amount(field, before, after, catalog)


def _change_of_duration(before: Fraction, after: Fraction) -> str:
    if after == 1:
        return f"go month to month instead of {f.months(before)}"
    if before == 1:
        return f"{_COMMIT}{f.months(after)}"
    if after > before:
        return f"{_COMMIT}{f.months(after)} instead of {f.exact(before)}"
    return f"shorten the term from {f.exact(before)} to {f.months(after)}"


def _change_of_allowance(
    field: str, before: Fraction, after: Fraction, catalog: Denomination
) -> str:
    name = f.label(field, catalog)
    if after >= UNLIMITED:
        return f"take {_allowance(field, after, catalog)}"
    verb = "raise" if after > before else "lower"
    old = "unlimited" if before >= UNLIMITED else f.counted(before)
    return f"{verb} {name} from {old} to {f.counted(after)} a month"


def _change_of_amount(field: str, before: Fraction, after: Fraction, catalog: Denomination) -> str:
    noun = f.label(field, catalog)
    old, new = (f.exact_money(number, catalog.currency) for number in (before, after))
    if not after:
        return f"drop the {noun} of {old}"
    if not before:
        return _AMOUNTS[field].format(new)
    return f"{'raise' if after > before else 'lower'} the {noun} from {old} to {new}"


def acts_in_words(changes: Iterable[FieldChange], catalog: Denomination) -> str:
    """What to do to some terms: `commit to 24 months and to a minimum of USD 150 a month`."""
    acts: list[str] = []
    for act in (change_in_words(change, catalog) for change in changes):
        # One verb does for neighbours that share it.
        if acts and act.startswith(_COMMIT) and acts[-1].startswith(_COMMIT):
            acts[-1] += f" and to {act.removeprefix(_COMMIT)}"
        else:
            acts.append(act)
    return f.listed(acts)


# --- counteroffers --------------------------------------------------------------------------


def counteroffer_in_words(
    offer: Counteroffer, catalog: Denomination, inputs: Collection[str]
) -> str:
    """A counteroffer as a sentence: what to change, and the price at which it is accepted.

    `inputs` are the fields that the request asked for. `keep what was asked for, and commit to
    24 months: accepted at USD 7.20 per 1M tokens`.
    """
    agreed = f", once {approving(offer.approvals)}" if offer.approvals else ""
    dearer = ", above list" if offer.above_baseline_price else ""
    return f"{changes_in_words(offer, catalog, inputs)}: accepted at {offer.quote}{dearer}{agreed}"


def changes_in_words(offer: Counteroffer, catalog: Denomination, inputs: Collection[str]) -> str:
    """What a counteroffer changes, by itself: `commit to 24 months and prepay USD 1,200`."""
    if not offer.changes:
        return f"change nothing but the {price_words(catalog).short}"
    acts = acts_in_words(offer.changes, catalog)
    kept = bool(inputs) and all(_is_added(change, inputs) for change in offer.changes)
    return f"keep what was asked for, and {acts}" if kept else acts


def _is_added(change: FieldChange, inputs: Collection[str]) -> bool:
    """Whether a change only adds a commitment to what was asked for."""
    return change.field not in inputs and is_nothing(change.field, value_of(change.asked))
