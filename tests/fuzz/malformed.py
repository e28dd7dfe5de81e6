"""Why a book must be refused, as far as readers and checks that are not ours can tell.

One-sided: a book without a reason may be faulty still, but one with a reason may not be answered.
Written from the specification and `docs/decisions.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tests.fuzz.books import CATALOG, FILES, POLICY, PROFILES, REQUESTS, Book, Oddity
from tests.fuzz.facts import told
from tests.fuzz.policies import policy_reasons
from tests.fuzz.shapes import (
    Check,
    Fault,
    both,
    either,
    entries,
    flag,
    items,
    list_of,
    number,
    number_in,
    one_of,
    parts,
    record,
    steps,
    text,
    word,
)
from tests.fuzz.trees import Leaf, Reason, Tree, read

AMOUNT, POSITIVE = number(), number(low=None, above=0)
RATIO, SHARE = number(percent=True), number(high=1, percent=True)
UNITS = number(high=10**15 - Fraction(1, 10**60))
TERM = number(low=1, whole=True)
FIELDS: dict[str, Check] = {
    "platform_fee": AMOUNT,
    "seat_fee": AMOUNT,
    "included_units": UNITS,
    "contract_duration_months": TERM,
    "minimum_monthly_turnover": AMOUNT,
    "prepaid_amount": AMOUNT,
    "guaranteed_platform_fee": AMOUNT,
    "customer_funded_onboarding": flag,
    "reduced_cancellation_flexibility": flag,
}


def _grid(field: Check, step: str) -> Check:
    keys = {"min": field, "max": field, step: POSITIVE}
    return both(record(keys, frozenset(keys)), steps(step))


def _bounds(name: str, field: Check) -> Check:
    values = record({"values": list_of(_listed(name, field), filled=True)}, frozenset(("values",)))
    grid = _grid(field, "step")

    def check(tree: Tree) -> Iterator[Fault]:
        return (values if entries(tree, "values") is not None or field is flag else grid)(tree)

    return check


def _listed(name: str, field: Check) -> Check:
    return either("unlimited", field) if name == "included_units" else field


TUNABLE = {name: _bounds(name, field) for name, field in FIELDS.items()}
ALLOWANCE = record({"per_customer": UNITS, "per_member": UNITS})


def _allowance(tree: Tree) -> Iterator[Fault]:
    if isinstance(tree, dict):
        yield from ALLOWANCE(tree)
        if len(tree) != 1:
            yield Fault("neither `per_customer` nor `per_member` alone")
    else:
        yield from either("unlimited", UNITS)(tree)


CONFIGURATION = record(
    {
        **FIELDS,
        "id": text,
        "name": text,
        "available_to": list_of(text, filled=True, distinct=True),
        "references": list_of(text, filled=True, distinct=True),
        "usage_unit_price": AMOUNT,
        "included_units": _allowance,
        "tunable": record({**TUNABLE, "usage_unit_price": _grid(AMOUNT, "tick")}),
    },
    frozenset(("id",)),
)
SHAPE_OF_CATALOG = record(
    {
        "catalog": text,
        "currency": text,
        "unit": text,
        "quote_per": POSITIVE,
        "configurations": list_of(CONFIGURATION, filled=True),
    },
    frozenset(("catalog", "currency", "unit", "configurations")),
)


def _weights(tree: Tree) -> Iterator[Fault]:
    weights = [number_in(entries(item, "weight")) for item in parts(tree)]
    known = [weight for weight in weights if weight is not None]
    if len(known) == len(weights) and sum(known) != 1:
        yield Fault(f"the weights sum to {sum(known)}")


def _falling(tree: Tree) -> Iterator[Fault]:
    points = [number_in(item) for item in parts(tree)]
    known = [point for point in points if point is not None]
    if len(known) == len(points) and (known[:1] != [1] or known != sorted(known, reverse=True)):
        yield Fault("a survival curve that rises or does not start at 1")


RETENTIONS: dict[str, dict[str, Check]] = {
    "constant": {"monthly_churn": SHARE},
    "sbg": {"alpha": POSITIVE, "beta": POSITIVE},
    "curve": {"survival": both(list_of(SHARE, filled=True), _falling)},
}


def _retention(tree: Tree) -> Iterator[Fault]:
    keys = RETENTIONS.get(word(tree, "model"))
    if keys is None:
        yield Fault("no retention model")
    else:
        yield from record({"model": text, **keys}, frozenset(keys))(tree)


def _bands(tree: Tree) -> Iterator[Fault]:
    limits = [entries(item, "bill_ratio_up_to") for item in parts(tree)]
    numbers = [number_in(limit) for limit in limits if limit is not None]
    known = [limit for limit in numbers if limit is not None]
    if limits and (limits[-1] is not None or None in limits[:-1]):
        yield Fault("not the last band alone is without limit")
    elif known != sorted(set(known)):
        yield Fault("bands that do not rise")


BAND = record(
    {"bill_ratio_up_to": RATIO, "churn_multiplier": RATIO}, frozenset(("churn_multiplier",))
)
SCENARIO = record({"weight": SHARE, "units": UNITS}, frozenset(("weight", "units")))
PROFILE = record(
    {
        "id": text,
        "members_per_customer": POSITIVE,
        "cohort": record(
            {"customers": number(whole=True), "as_of": text, "source": text},
            frozenset(("customers",)),
        ),
        "monthly_usage": both(list_of(SCENARIO, filled=True), _weights),
        "retention": _retention,
        "observed_on": text,
        "in_term_churn_multiplier": RATIO,
        "reduced_flexibility_churn_multiplier": RATIO,
        "price_response": both(list_of(BAND, filled=True), _bands),
        "variable_cost_per_unit": AMOUNT,
        "service_cost_per_month": AMOUNT,
        "payment_cost_rate": SHARE,
        "onboarding_cost": AMOUNT,
        "acquisition_cost": AMOUNT,
    },
    frozenset(("id", "monthly_usage", "retention")),
)
SHAPE_OF_PROFILES = record({"profiles": list_of(PROFILE, filled=True)}, frozenset(("profiles",)))


def reasons(book: Book) -> list[Reason]:
    """Every reason that is found to refuse a book."""
    found: list[Reason] = []
    trees: dict[str, Tree | None] = {}
    for name in FILES:
        content = book.get(name, Oddity.MISSING)
        if isinstance(content, Oddity):
            found.append(Reason(name, "unreadable", content.value))
            continue
        trees[name], unreadable = read(name, content)
        found += unreadable
    catalog, profiles, policy, requests = (trees.get(name) for name in FILES)
    if catalog is not None:
        found += _told(CATALOG, SHAPE_OF_CATALOG(catalog))
        found += _told(CATALOG, _repeated(catalog, "configurations"))
    if profiles is not None:
        found += _told(PROFILES, SHAPE_OF_PROFILES(profiles))
        found += _told(PROFILES, _repeated(profiles, "profiles"))
    if policy is not None:
        currency, unit = word(catalog, "currency"), word(catalog, "unit")
        found += _told(POLICY, policy_reasons(policy, currency, unit))
    if requests is not None:
        asked = list_of(_request(word(catalog, "unit"), policy), filled=True)
        shape = record({"$schema": text, "requests": asked})
        found += _told(REQUESTS, shape(requests))
        found += _told(REQUESTS, _repeated(requests, "requests"))
    if catalog is not None and profiles is not None:
        found += _told(CATALOG, _unknown_profiles(catalog, profiles))
        found += _told(CATALOG, _unknown_plans(items(catalog, "configurations"), catalog))
        found += _told(PROFILES, _unknown_plans(items(profiles, "profiles"), catalog))
        if requests is not None:
            found += _told(REQUESTS, _unknown_references(requests, catalog, profiles))
    return found


def _told(file: str, faults: Iterator[Fault]) -> Iterator[Reason]:
    return (Reason(file, fault.kind, fault.what, fault.word) for fault in faults)


def _repeated(tree: Tree, key: str) -> Iterator[Fault]:
    ids = [word(item, "id") for item in items(tree, key)]
    for id_ in {id_ for id_ in ids if id_ and ids.count(id_) > 1}:
        yield Fault(f"the id {id_!r} is there twice")


def _one_size(tree: Tree) -> Iterator[Fault]:
    if isinstance(tree, dict) and {"monthly_units", "monthly_usage"} <= tree.keys():
        yield Fault("both `monthly_units` and `monthly_usage`")


CUSTOMER = both(
    record(
        {
            "name": text,
            "members": POSITIVE,
            "monthly_units": UNITS,
            "monthly_usage": both(list_of(SCENARIO, filled=True), _weights),
        }
    ),
    _one_size,
)


def _request(unit: str, policy: Tree | None) -> Check:
    """The shape of a request; the name of the allowance is known if the unit is."""
    own = {**FIELDS, "included_units": either("unlimited", UNITS)}
    own[f"included_{unit}s"] = own["included_units"]
    own["usage_unit_price"] = AMOUNT

    def inputs(tree: Tree) -> Iterator[Fault]:
        faults = record(own)(tree)
        return (fault for fault in faults if unit or not fault.word.startswith("included_"))

    facts = told(policy)
    shape = record(
        {
            "id": text,
            "configuration": text,
            "profile": text,
            "inputs": inputs,
            "open": list_of(one_of(*own) if unit else text, distinct=True),
            "preference": one_of("lower_usage_price", "seller_ltv", "least_commitment"),
            "customer": CUSTOMER,
            "facts": facts,
            "approval_mode": one_of("self_serve_only", "allow_approval"),
        },
        frozenset(("id", "configuration", "profile")),
    )
    return both(shape, _least_commitment, lambda tree: _unsaid(tree, facts))


def _least_commitment(tree: Tree) -> Iterator[Fault]:
    asked = entries(entries(tree, "inputs"), "usage_unit_price")
    if word(tree, "preference") == "least_commitment" and (
        asked is None or not items(tree, "open")
    ):
        yield Fault("the least commitment without an asked price or an open field")


def _unsaid(tree: Tree, facts: Check) -> Iterator[Fault]:
    """The facts that a request does not say, where it says none."""
    return facts({}) if isinstance(tree, dict) and "facts" not in tree else iter(())


def _unknown_profiles(catalog: Tree, profiles: Tree) -> Iterator[Fault]:
    known = {word(item, "id") for item in items(profiles, "profiles")}
    for item in items(catalog, "configurations"):
        for leaf in items(item, "available_to"):
            if isinstance(leaf, Leaf) and leaf.text not in known:
                yield Fault(f"available to {leaf.text!r}, who is unknown")


def _unknown_plans(trees: list[Tree], catalog: Tree) -> Iterator[Fault]:
    """What a deal is measured against and where retention was observed, if there is no such."""
    known = {word(item, "id") for item in items(catalog, "configurations")}
    for tree in trees:
        named = [*items(tree, "references"), *filter(None, [entries(tree, "observed_on")])]
        for leaf in named:
            if isinstance(leaf, Leaf) and leaf.text not in known:
                yield Fault(f"no configuration {leaf.text!r}")


def _unknown_references(requests: Tree, catalog: Tree, profiles: Tree) -> Iterator[Fault]:
    configurations = {word(item, "id"): item for item in items(catalog, "configurations")}
    known = {word(item, "id") for item in items(profiles, "profiles")}
    for item in items(requests, "requests"):
        configuration = configurations.get(word(item, "configuration"))
        profile = word(item, "profile")
        if configuration is None:
            yield Fault("a request for an unknown configuration")
        elif (available := items(configuration, "available_to")) and profile not in {
            leaf.text for leaf in available if isinstance(leaf, Leaf)
        }:
            yield Fault("a request for a configuration that its profile cannot have")
        if profile not in known:
            yield Fault("a request of an unknown profile")
