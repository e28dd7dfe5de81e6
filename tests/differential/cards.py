"""What a result says of a rate card, against the oracle; it is read by its document's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.differential.desk import exact
from tests.oracle.answer import Answer
from tests.oracle.case import DISCOUNT, Case, Value
from tests.oracle.valuing.rates import ALLOWANCE, OVERRIDE, Card, Rate, is_override

Shown = Mapping[str, Any]
LISTED = "list_rates"


def card_kinds(case: Case) -> Counter[str]:
    """What a case has of section 9."""
    plans = case.catalog.configurations
    card = case.configuration.card
    rates = () if card is None else card.rates.values()
    has = {
        "a rate card": card is not None,
        "rate cards beside plain plans": len({plan.price for plan in plans}) > 1,
        "an override": any(is_override(name) for name in case.request.inputs),
        "a rule for some plans": any(rule.configurations for rule in case.policy.rules),
        **{f"a rate by {kind}": any(r.kind == kind for r in rates) for kind in
           ("price", "graduated", "volume", "package")},
    }  # fmt: skip
    meters = len(case.catalog.meter_ids)
    return Counter([name for name, there in has.items() if there] + [f"{meters} meters"])


def flat(configuration: Shown | None) -> dict[str, object] | None:
    """A configuration as shown, what is by meter under the names of rules."""
    if configuration is None:
        return None
    found: dict[str, object] = {}
    for name, value in configuration.items():
        if name == OVERRIDE:
            found |= {f"{ALLOWANCE}.{m}": exact(each["included"]) for m, each in value.items()}
        elif name != LISTED:
            found[name] = exact(value)
    return found


def without_overrides(configuration: Mapping[str, Value] | None) -> dict[str, object] | None:
    """The fields but the prices in place of rates, which a result shows among its rates."""
    if configuration is None:
        return None
    return {name: value for name, value in configuration.items() if not is_override(name)}


def shown_rates(
    card: Card, members: Fraction, configuration: Mapping[str, Value]
) -> dict[str, dict[str, object]]:
    """The tuned rates of a configuration and those at list, as a result should show them."""
    left = 1 - Fraction(configuration[DISCOUNT])
    tuned: dict[str, object] = {}
    listed: dict[str, object] = {}
    for meter, own in card.allowances(members).items():
        id_ = meter.partition(".")[2]
        rate = card.rates.get(id_, Rate("price"))
        included = configuration[meter]
        listed[id_] = _rate(rate, own, Fraction(1))
        tuned[id_] = _rate(rate, included, left if rate.discountable else Fraction(1))
        if (price := configuration.get(f"{OVERRIDE}.{id_}")) is not None:
            tuned[id_] = {"included": included, "discountable": False, "price": price}
    return {OVERRIDE: tuned, LISTED: listed}


def _rate(rate: Rate, included: object, of_list: Fraction) -> dict[str, object]:
    shown: dict[str, object] = {"included": included, "discountable": rate.discountable}
    match rate.kind:
        case "price":
            return shown | {"price": rate.price * of_list}
        case "package":
            return shown | {"package": {"units": rate.units, "price": rate.price * of_list}}
        case _:
            tiers = [{"up_to": limit, "price": price * of_list} for limit, price in rate.tiers]
            return shown | {"mode": rate.kind, "tiers": tiers}


def _read(shown: object) -> object:
    """A part of a document with its numbers exact."""
    if isinstance(shown, Mapping):
        return {key: value if key == "mode" else _read(value) for key, value in shown.items()}
    if isinstance(shown, Sequence) and not isinstance(shown, str):
        return [_read(each) for each in shown]
    return exact(shown)


def card_differences(document: Shown, case: Case, expected: Answer) -> Iterator[str]:
    """Everything in which the decision about a rate card is not what the oracle says."""
    ltv = document["ltv"]
    pairs: dict[str, tuple[object, object]] = {
        "decision": (document["decision"], expected.decision),
        "configuration": (
            flat(document["configuration"]),
            without_overrides(expected.configuration),
        ),
        "ltv": (exact(ltv["tuned"]), expected.ltv),
        "reference": (ltv["reference_configuration"], expected.reference_configuration),
        "reference ltv": (exact(ltv["reference"]), expected.reference_ltv),
        "required ltv": (exact(ltv["required"]), expected.required_ltv),
        "approvals": (
            [(one["approver"], set(one["rules"])) for one in document["approvals"]],
            [(approver, set(rules)) for approver, rules in expected.approvals],
        ),
        "ladder": (steps(document["ladder"]), rungs(expected)),
        "near miss": (_near_miss(document["near_miss"]), _expected_near_miss(expected)),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield f"{name}: {ours} instead of {theirs}"
    yield from _rate_differences(document["configuration"], case, expected.configuration)


def _rate_differences(
    configuration: Shown | None, case: Case, expected: Mapping[str, Value] | None
) -> Iterator[str]:
    """In what the rates that are shown are not those of the oracle, in the catalog's order."""
    card = case.configuration.card
    if card is None or configuration is None or expected is None:
        return
    for name, theirs in shown_rates(
        card, case.request.customer.of(case.profile).members, expected
    ).items():
        ours = _read(configuration[name])
        if ours != theirs or [*configuration[name]] != [*theirs]:
            yield f"{name}: {ours} instead of {theirs}"


def steps(ladder: Sequence[Shown]) -> list[object]:
    return [
        (
            step["level"],
            step["approver"],
            exact(step[DISCOUNT]),
            exact(step["ltv"]),
            set(step["waives"]),
        )
        for step in ladder
    ]


def rungs(expected: Answer) -> list[object]:
    return [
        (rung.level, rung.approver, rung.usage_discount, rung.ltv, set(rung.waives))
        for rung in expected.ladder
    ]


def _near_miss(shown: Shown | None) -> object:
    if shown is None:
        return None
    return flat(shown["configuration"]), exact(shown["ltv"]), set(shown["violated"])


def _expected_near_miss(expected: Answer) -> object:
    near = expected.near_miss
    if near is None:
        return None
    fields: Mapping[str, Value] = near.configuration
    bounds = {f"tunable:{name}" for name in near.off_bounds}
    return without_overrides(fields), near.ltv, set(near.violated) | bounds
