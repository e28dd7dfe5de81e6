"""Why a book must be refused, as far as readers and checks that are not ours can tell.

One-sided: a book without a reason may be faulty still, but one with a reason may not be answered.
Written from the specification and `docs/decisions.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.fuzz.books import CATALOG, FILES, POLICY, PROFILES, REQUESTS, Book, Oddity
from tests.fuzz.facts import told
from tests.fuzz.meters import (
    AMOUNT,
    DISCOUNTS,
    METERS,
    POSITIVE,
    UNITS,
    Meters,
    allowance,
    asked_discount,
    bounds_by_meter,
    by_meter,
    grid,
    is_card,
    meters_fault,
    meters_of,
    rate,
)
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
    text,
    word,
)
from tests.fuzz.trees import Leaf, Reason, Tree, read

RATIO, SHARE = number(percent=True), number(high=1, percent=True)
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


def _bounds(name: str, field: Check) -> Check:
    values = record({"values": list_of(_listed(name, field), filled=True)}, frozenset(("values",)))
    steps = grid(field, "step")

    def check(tree: Tree) -> Iterator[Fault]:
        return (values if entries(tree, "values") is not None or field is flag else steps)(tree)

    return check


def _listed(name: str, field: Check) -> Check:
    return either("unlimited", field) if name == "included_units" else field


TUNABLE = {name: _bounds(name, field) for name, field in FIELDS.items()}
ALLOWANCE, PRICE, DISCOUNT = "included_units", "usage_unit_price", "usage_discount"
PLAIN = {
    **FIELDS,
    "id": text,
    "name": text,
    "available_to": list_of(text, filled=True, distinct=True),
    "references": list_of(text, filled=True, distinct=True),
    PRICE: AMOUNT,
    ALLOWANCE: allowance,
    "tunable": record({**TUNABLE, PRICE: grid(AMOUNT, "tick")}),
}
PLAIN_PLAN = record(PLAIN, frozenset(("id",)))


def _card(meters: Meters) -> Check:
    """A plan whose prices are rates."""
    tunable = {
        **TUNABLE,
        ALLOWANCE: bounds_by_meter(TUNABLE[ALLOWANCE], meters),
        DISCOUNT: DISCOUNTS,
        "rates": bounds_by_meter(grid(AMOUNT, "tick"), meters),
    }
    own = {**PLAIN, "rates": by_meter(rate, meters), "tunable": record(tunable)}
    del own[PRICE], own[ALLOWANCE]
    return record(own, frozenset(("id",)))


def _catalog(meters: Meters) -> Check:
    """The shape of a catalog with these meters."""
    card = _card(meters)

    def plan(tree: Tree) -> Iterator[Fault]:
        return (card if is_card(tree, meters) else PLAIN_PLAN)(tree)

    keys = {
        "catalog": text,
        "currency": text,
        "unit": text,
        "quote_per": POSITIVE,
        "meters": METERS,
        "configurations": list_of(plan, filled=True),
    }
    return both(record(keys, frozenset(("catalog", "currency", "configurations"))), meters_fault)


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


def _usage(meters: Meters) -> Check:
    scenario = record(
        {"weight": SHARE, "units": by_meter(UNITS, meters)}, frozenset(("weight", "units"))
    )
    return both(list_of(scenario, filled=True), _weights)


def _profiles(meters: Meters) -> Check:
    """The shape of the profiles, whose use and costs are by meter."""
    profile = record(
        {
            "id": text,
            "members_per_customer": POSITIVE,
            "cohort": record(
                {"customers": number(whole=True), "as_of": text, "source": text},
                frozenset(("customers",)),
            ),
            "monthly_usage": _usage(meters),
            "retention": _retention,
            "observed_on": text,
            "draws": text,
            "in_term_churn_multiplier": RATIO,
            "reduced_flexibility_churn_multiplier": RATIO,
            "price_response": both(list_of(BAND, filled=True), _bands),
            "variable_cost_per_unit": by_meter(AMOUNT, meters),
            "service_cost_per_month": AMOUNT,
            "payment_cost_rate": SHARE,
            "onboarding_cost": AMOUNT,
            "acquisition_cost": AMOUNT,
        },
        frozenset(("id", "monthly_usage", "retention")),
    )
    return record({"profiles": list_of(profile, filled=True)}, frozenset(("profiles",)))


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
    meters = meters_of(catalog)
    plans = {word(p, "id"): is_card(p, meters) for p in items(catalog, "configurations")}
    if catalog is not None:
        found += _told(CATALOG, _catalog(meters)(catalog))
        found += _told(CATALOG, _repeated(catalog, "configurations"))
        found += _told(CATALOG, _repeated(catalog, "meters"))
    if profiles is not None:
        found += _told(PROFILES, _profiles(meters)(profiles))
        found += _told(PROFILES, _repeated(profiles, "profiles"))
    if policy is not None:
        prices = {name: DISCOUNT if card else PRICE for name, card in plans.items()}
        found += _told(POLICY, policy_reasons(policy, word(catalog, "currency"), meters, prices))
    if requests is not None:
        asked = list_of(_request(meters, plans, policy), filled=True)
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


def _customer(meters: Meters) -> Check:
    keys = {
        "name": text,
        "members": POSITIVE,
        "monthly_units": by_meter(UNITS, meters),
        "monthly_usage": _usage(meters),
    }
    return both(record(keys), _one_size)


def _asked_of_plan(meters: Meters) -> dict[str, Check]:
    """What a request can ask of a plan that has a price; allowances may be named by the unit."""
    own = {**FIELDS, PRICE: AMOUNT, ALLOWANCE: by_meter(either("unlimited", UNITS), meters)}
    return {**own, **{f"included_{unit}s": own[ALLOWANCE] for unit in meters.values()}}


def _asked_of_card(meters: Meters) -> dict[str, Check]:
    """What a request can ask of a rate card."""
    own = {**_asked_of_plan(meters), DISCOUNT: asked_discount, "rates": by_meter(AMOUNT, meters)}
    del own[PRICE]
    return own


def _open(asked: Mapping[str, Check], meters: Meters) -> Check:
    names = {*asked.keys() - {"rates"}, *(f"{ALLOWANCE}.{meter}" for meter in meters)}
    return list_of(one_of(*names), distinct=True)


def _request(meters: Meters, plans: Mapping[str, bool], policy: Tree | None) -> Check:
    """The shape of a request; what it can ask for is known if its plan is."""
    facts = told(policy)
    asked = {True: _asked_of_card(meters), False: _asked_of_plan(meters)}
    common: dict[str, Check] = {
        "id": text,
        "configuration": text,
        "profile": text,
        "preference": one_of("lower_usage_price", "seller_ltv", "least_commitment"),
        "customer": _customer(meters),
        "facts": facts,
        "approval_mode": one_of("self_serve_only", "allow_approval"),
    }
    needed = frozenset(("id", "configuration", "profile"))
    shapes = {
        card: record({**common, "inputs": record(own), "open": _open(own, meters)}, needed)
        for card, own in asked.items()
    }
    unknown = record(
        {**common, "inputs": record({}, rest=_anything), "open": list_of(text)}, needed
    )

    def shape(tree: Tree) -> Iterator[Fault]:
        plan = word(tree, "configuration")
        return (shapes[plans[plan]] if plan in plans else unknown)(tree)

    return both(shape, _least_commitment, lambda tree: _unsaid(tree, facts))


def _anything(tree: Tree) -> Iterator[Fault]:
    del tree
    return iter(())


def _least_commitment(tree: Tree) -> Iterator[Fault]:
    inputs = entries(tree, "inputs")
    asked = any(entries(inputs, name) is not None for name in (PRICE, DISCOUNT))
    if word(tree, "preference") == "least_commitment" and not (asked and items(tree, "open")):
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
