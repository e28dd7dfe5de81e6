"""What a result says of a rate card, against the oracle; it is read by its document's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.differential.desk import exact
from tests.oracle.answer import Answer
from tests.oracle.case import DISCOUNT, Case, Value
from tests.oracle.rates import ALLOWANCE, OVERRIDE, is_override

Shown = Mapping[str, Any]


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
        if name in {ALLOWANCE, OVERRIDE}:
            found |= {f"{name}.{meter}": exact(each) for meter, each in value.items()}
        else:
            found[name] = exact(value)
    return found


def in_order(configuration: Mapping[str, object] | None) -> list[tuple[str, object]] | None:
    """The fields with their order, which is said, too."""
    return None if configuration is None else list(configuration.items())


def card_differences(document: Shown, case: Case, expected: Answer) -> Iterator[str]:
    """Everything in which the decision about a rate card is not what the oracle says."""
    ltv = document["ltv"]
    pairs: dict[str, tuple[object, object]] = {
        "decision": (document["decision"], expected.decision),
        "configuration": (_listed(document["configuration"]), in_order(expected.configuration)),
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
    yield from _fields_left_out(document["configuration"], case)


def _listed(configuration: Shown | None) -> list[tuple[str, object]] | None:
    return in_order(flat(configuration))


def _fields_left_out(configuration: Shown | None, case: Case) -> Iterator[str]:
    """Where a rate card is shown without its mappings by meter, even if they are empty."""
    for name in (ALLOWANCE, OVERRIDE, DISCOUNT):
        if case.configuration.card and configuration is not None and name not in configuration:
            yield f"no {name} in {configuration}"


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
    return _listed(shown["configuration"]), exact(shown["ltv"]), set(shown["violated"])


def _expected_near_miss(expected: Answer) -> object:
    near = expected.near_miss
    if near is None:
        return None
    fields: Mapping[str, Value] = near.configuration
    bounds = {f"tunable:{name}" for name in near.off_bounds}
    return in_order(fields), near.ltv, set(near.violated) | bounds
