"""What a customer may and may not read, worked out from a result without the customer's view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from constraints.text.numerals import decimal_string
from cp_pricing.book.price_book import PriceBook
from cp_pricing.catalog.tunables import Grid, Values
from cp_pricing.exact import value_of
from cp_pricing.fields import FIELDS, PRICE
from cp_pricing.profiles.customers import sized
from cp_pricing.profiles.profile import Profile, expected_units, of_meter
from cp_pricing.results import Approval, LtvReport, Outcome, RuleReport, TuningResult
from cp_pricing.telling.context import Told
from cp_pricing.terms import AnyTerms, Terms
from tests.support.books import evaluated

_NUMBER = re.compile(r"(?<![\w.,])-?\d[\d,]*(?:\.\d+)?[MBT]?%?")
_SIZES = {"M": 10**6, "B": 10**9, "T": 10**12}
# Words that only somebody on the seller's side would use.
SELLER_WORDS = (
    "lifetime",
    "ltv",
    "margin",
    "cost",
    "policy",
    "rule",
    "approv",
    "waive",
    "slack",
    "churn",
    "retention",
    "profile",
    "comparable",
    "self-serve",
    "solver",
    "tunable",
)


def figures(text: str) -> set[Fraction]:
    """Every number that a text shows; a percentage as a ratio."""
    return {_number(found) for found in _NUMBER.findall(text)}


def _number(shown: str) -> Fraction:
    plain = shown.replace(",", "")
    if plain.endswith("%"):
        return Fraction(plain[:-1]) / 100
    size = _SIZES.get(plain[-1])
    return Fraction(plain[:-1]) * size if size else Fraction(plain)


def numbers_of(terms: AnyTerms) -> Iterator[Fraction]:
    """The fields of a configuration that are numbers."""
    for field in terms.fields:
        value = terms.value(field)
        if not isinstance(value, bool):
            yield Fraction(value)


def customer_figures(told: Told) -> set[Fraction]:
    """Every number that is the customer's business, as it is shown."""
    result = told.result
    per = Fraction(told.catalog.quote_per)
    listed = told.baseline.price
    asked_price = Fraction(told.request.inputs.get(PRICE, listed))
    prices = {listed, asked_price, *_prices(result)}
    configuration = told.price_book.configuration(told.request.configuration)
    found = {per, Fraction(1), *(price * per for price in prices)}
    found |= {abs(one - other) * per for one in prices for other in prices}
    if listed and result.configuration is not None:
        price = result.configuration.price
        found |= {round(abs(price / listed - 1) * 1000, 0) / Fraction(1000), Fraction(1, 1000)}
    bills = {bill for bill in (result.monthly.bill, result.monthly.list_bill) if bill is not None}
    bills |= set(_by_use(told))
    found |= {Fraction(decimal_string(bill)) for bill in bills}
    found |= {round(bill * 100) / Fraction(100) for bill in bills}
    moves = [change for offer in result.counteroffers for change in offer.changes]
    for value in (value_of(end) for change in moves for end in (change.asked, change.offered)):
        found |= set() if isinstance(value, bool) else {Fraction(value)}
    found |= set(numbers_of(told.baseline))
    found |= {Fraction(v) for v in told.request.inputs.values() if not isinstance(v, bool)}
    for terms in _configurations(result):
        found |= set(numbers_of(terms))
    found |= {Fraction(str(t.next_value)) for t in result.trade_offs if _is_number(t)}
    for field, asked in told.request.inputs.items():
        bounds = configuration.tunable.get(field)
        if bounds is not None and asked not in bounds:
            scale = per if field == PRICE else Fraction(1)
            found |= {scale * end for end in _ends(bounds)}
    return found


def bill_at(terms: AnyTerms, profile: Profile, use: Fraction) -> Fraction:
    """The bill of section 2 of the specification, of a customer who uses `use` times as much."""
    assert isinstance(terms, Terms)  # the bill of a rate card is of section 9
    members = profile.members_per_customer
    fee = terms.platform_fee + terms.seat_fee * members
    price, included = terms.usage_unit_price, terms.included_units
    return sum(
        (
            scenario.weight
            * max(
                terms.minimum_monthly_turnover,
                fee + price * max(Fraction(0), of_meter(scenario.units, "") * use - included),
            )
            for scenario in profile.monthly_usage
        ),
        Fraction(0),
    )


def _by_use(told: Told) -> Iterator[Fraction]:
    """Bills at half, once and twice the expected use, these uses, and what is owed in any case."""
    result = told.result
    profile = sized(told.price_book.profile(told.request.profile), told.request.customer.size)
    units = expected_units(profile)
    for use in (Fraction(1, 2), Fraction(1), Fraction(2)):
        yield from (use, use * units, bill_at(told.baseline, profile, use))
        if result.configuration is not None:
            yield bill_at(result.configuration, profile, use)
    if result.configuration is not None:
        terms = result.configuration
        fee = terms.platform_fee + terms.seat_fee * profile.members_per_customer
        yield terms.contract_duration_months * max(terms.minimum_monthly_turnover, fee)


def _ends(bounds: Grid | Values) -> Iterator[Fraction]:
    """The numbers by which bounds are told."""
    if isinstance(bounds, Grid):
        yield from (bounds.min, bounds.max, bounds.step)
    else:
        yield from (Fraction(value) for value in bounds.values)


def _is_number(trade: object) -> bool:
    value = getattr(trade, "next_value", None)
    return isinstance(value, str) and value != "unlimited"


def _configurations(result: TuningResult) -> Iterator[AnyTerms]:
    if result.configuration is not None:
        yield result.configuration
    for offer in result.counteroffers:
        yield offer.configuration


def _prices(result: TuningResult) -> Iterator[Fraction]:
    for terms in _configurations(result):
        yield terms.price
    for trade in result.trade_offs:
        for found in (trade.without, trade.one_step_more):
            if found is not None and found.usage_unit_price is not None:
                yield found.usage_unit_price


# --- the seller's side ----------------------------------------------------------------------


def seller_figures(told: Told) -> set[Fraction]:
    """Every number that only the seller knows: values, margins, costs, limits and their room."""
    result = told.result
    book, request = told.price_book, told.request
    profile = book.profile(request.profile)
    found = {result.ltv.reference, result.ltv.required, result.ltv.tuned, result.ltv.improvement}
    for rule in result.rules:
        found |= {rule.left, rule.right, rule.slack}
    for step in result.ladder:
        found |= {step.ltv, step.usage_unit_price}
    found |= {offer.ltv for offer in result.counteroffers}
    found |= {trade.ltv_worth for trade in result.trade_offs}
    found |= {
        of_meter(profile.variable_cost_per_unit, ""),
        profile.service_cost_per_month,
        profile.payment_cost_rate,
        profile.onboarding_cost,
        profile.acquisition_cost,
    }
    for configuration in book.available(profile.id):
        values = evaluated(book, configuration.id, profile.id, request.configuration)
        found |= {
            value
            for name, value in values.items()
            if name not in FIELDS and not isinstance(value, bool)
        }
    per = Fraction(told.catalog.quote_per)
    known = {abs(value) for value in found if value}
    shown = known | {value * per for value in known}
    return shown | {Fraction(round(value * 100), 100) for value in shown}


def seller_names(book: PriceBook, result: TuningResult, plan: str) -> set[str]:
    """Every name and text of the seller's side, but those that the plan's own name contains."""
    policy = book.policy
    names = {rule.id for rule in result.rules} | {rule.description for rule in result.rules}
    names |= {rule.condition for rule in result.rules} | {rule.owner for rule in result.rules}
    names |= {*policy.approvers, *policy.parameters, *policy.define}
    names |= {parameter.description for parameter in policy.parameters.values()}
    names |= {profile.id for profile in book.profiles}
    names |= {other.id for other in book.catalog.configurations}
    names |= {other.name for other in book.catalog.configurations}
    names |= {result.request_id, policy.name, book.catalog.name}
    return {name for name in names if name and name.casefold() not in plan.casefold()}


def mentions(text: str, name: str) -> bool:
    """Whether a text has a name in it, as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


# --- another seller, the same offer ---------------------------------------------------------


def disguised(result: TuningResult) -> TuningResult:
    """A result with all names and figures of the seller's side replaced by others."""
    names = {rule.id: f"other-{place}" for place, rule in enumerate(result.rules)}

    def renamed(members: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in members)

    approvals = tuple(
        Approval(approver=f"other-{place}", rules=renamed(found.rules))
        for place, found in enumerate(result.approvals)
    )
    return result.model_copy(
        update={
            "request_id": "other",
            "profile": "other",
            "reason": "other",
            "explanation": "other",
            "ltv": _other_ltv(),
            "rules": tuple(_other_rule(rule, names[rule.id]) for rule in result.rules),
            "ladder": (),
            "monthly": result.monthly.model_copy(
                update={"margin": Fraction(-7), "list_margin": Fraction(-7)}
            ),
            "approvals": approvals,
            "near_miss": None,
            "warnings": (),
            "policy_edits": (),
            "corrections": (),
            "blocking_sets": tuple(renamed(found) for found in result.blocking_sets),
            "conflicts": tuple(renamed(found) for found in result.conflicts),
            "counteroffers": tuple(
                offer.model_copy(update={"ltv": Fraction(-7), "text": "other", "approvals": ()})
                for offer in result.counteroffers
            ),
            "trade_offs": tuple(
                trade.model_copy(
                    update={
                        "ltv_worth": Fraction(-7),
                        "without": _worthless(trade.without),
                        "one_step_more": _worthless(trade.one_step_more),
                    }
                )
                for trade in result.trade_offs
            ),
        }
    )


def disguised_context(told: Told) -> Told:
    """The told of a disguised result."""
    return replace(
        told,
        request=told.request.model_copy(update={"id": "other", "profile": "other"}),
        basis=replace(told.basis, undecided="other"),
    )


def _other_ltv() -> LtvReport:
    return LtvReport(
        tuned=Fraction(1),
        reference_configuration="other",
        reference=Fraction(2),
        required=Fraction(3),
        improvement=Fraction(-1),
    )


def _other_rule(rule: RuleReport, name: str) -> RuleReport:
    return rule.model_copy(
        update={
            "id": name,
            "description": "other",
            "owner": "other",
            "approver": "other",
            "left": Fraction(-1),
            "right": Fraction(-2),
            "slack": Fraction(-3),
            "relief": None,
            "next_step": None,
            "source": None,
        }
    )


def _worthless(found: Outcome | None) -> Outcome | None:
    return found.model_copy(update={"ltv": Fraction(-7)}) if found else None
