"""Why a policy must be refused: its shape, its names and its expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from tests.fuzz.facts import declaration, facts_of, kind_of_fact, new_units
from tests.fuzz.language import (
    FUNCTIONS,
    KEYWORDS,
    PURE,
    Dimension,
    Kind,
    Selection,
    Vocabulary,
    Wrong,
    kind_of,
    tokens_of,
)
from tests.fuzz.meters import Meters
from tests.fuzz.shapes import (
    Fault,
    entries,
    items,
    list_of,
    number,
    one_of,
    parts,
    record,
    text,
    word,
)
from tests.fuzz.trees import Leaf, Tree

SHARE = number(high=1, percent=True)


def _anything(tree: Tree) -> Iterator[Fault]:
    """Seen to elsewhere."""
    del tree
    return iter(())


def _signers(tree: Tree) -> Iterator[Fault]:
    """One approver, or a list of some."""
    return (list_of(text, filled=True) if isinstance(tree, list) else text)(tree)


EFFECT = one_of("reject", "approval", "warn")
APPLIES_TO = record(
    {key: list_of(text, filled=True, distinct=True) for key in ("configurations", "profiles")}
)
RULE = record(
    {
        "id": text,
        "applies_to": APPLIES_TO,
        "when": _anything,
        "require": _anything,
        "effect": EFFECT,
        "approver": _signers,
        "description": text,
        "owner": text,
    },
    frozenset(("id", "require")),
)
CONFIDENCE = record(
    {"at_least": SHARE, "effect": EFFECT, "approver": _signers}, frozenset(("at_least",))
)
LTV = record(
    {
        "horizon_months": number(low=1, whole=True),
        "annual_discount_rate": SHARE,
        "min_improvement_rate": SHARE,
        "min_improvement_amount": _anything,
        "confidence": CONFIDENCE,
        "effect": EFFECT,
        "approver": _signers,
    },
    frozenset(("horizon_months", "annual_discount_rate")),
)
NAMED = record({}, rest=_anything)
SHAPE = record(
    {
        "policy": text,
        "approvers": list_of(text, distinct=True),
        "parameters": NAMED,
        "facts": record({}, rest=declaration),
        "define": NAMED,
        "ltv": LTV,
        "rules": list_of(RULE),
    },
    frozenset(("policy", "ltv")),
)
DESCRIBED = record({"value": _anything, "description": text}, frozenset(("value",)))

PRICE, DISCOUNT = "usage_unit_price", "usage_discount"
RATE = {"currency": 1, "month": -1}
MONEY = {"currency": 1}
UNIT_PRICE = {"currency": 1, "unit": -1}
VOLUME = {"unit": 1, "month": -1}
OFFER: Mapping[str, Mapping[str, int]] = {
    "platform_fee": RATE,
    "seat_fee": {"currency": 1, "member": -1, "month": -1},
    "included_units": VOLUME,
    "usage_unit_price": UNIT_PRICE,
    "contract_duration_months": {"month": 1},
    "minimum_monthly_turnover": RATE,
    "prepaid_amount": MONEY,
    "guaranteed_platform_fee": RATE,
    "expected_monthly_bill": RATE,
    "expected_monthly_units": VOLUME,
    "expected_monthly_margin": RATE,
    "expected_monthly_cost": RATE,
    "worst_case_monthly_margin": RATE,
    "gross_margin": {},
    DISCOUNT: {},
    "expected_usage_charge": RATE,
    "list_usage_charge": RATE,
    "effective_unit_price": UNIT_PRICE,
    "usage_price_discount": {},
    "bill_discount": {},
    "committed_value": MONEY,
    "average_comparable_customer_lifetime_value": MONEY,
    "ltv": MONEY,
    "reference_ltv": MONEY,
    "required_ltv": MONEY,
}
# What is followed by a meter, and what there is without one only where there is one meter.
BY_METER = {"rate": UNIT_PRICE, "included_units": VOLUME, "expected_monthly_units": VOLUME}
OF_ONE_METER = frozenset((PRICE, "effective_unit_price", *BY_METER))
FLAGS = ("customer_funded_onboarding", "reduced_cancellation_flexibility")
PREFERENCES = frozenset(("lower_usage_price", "seller_ltv", "least_commitment"))
UNIT_COST = "variable_cost_per_unit"
COSTS: Mapping[str, Mapping[str, int]] = {
    "members_per_customer": {"member": 1},
    UNIT_COST: UNIT_PRICE,
    "service_cost_per_month": RATE,
    "payment_cost_rate": {},
    "onboarding_cost": MONEY,
    "acquisition_cost": MONEY,
}


def policy_reasons(
    policy: Tree, currency: str, meters: Meters, prices: Mapping[str, str]
) -> Iterator[Fault]:
    """Every fault; expressions only where the catalog says what they are in.

    `prices` are what is solved of each configuration: a price or a discount.
    """
    yield from SHAPE(policy)
    yield from _names_taken(policy, meters)
    yield from _approvals(policy)
    ids = [word(item, "id") for item in items(policy, "rules")]
    for id_ in {id_ for id_ in ids if id_ and ids.count(id_) > 1}:
        yield Fault(f"two rules {id_!r}")
    words = (*meters, *meters.values())
    if re.fullmatch("[A-Z]{3}", currency) and meters and all(map(_is_word, words)):
        yield from Names(policy, currency, meters).faults()
        yield from _lacking(policy, prices)


def _is_word(said: str) -> bool:
    return re.fullmatch(r"[A-Za-z]\w*", said, re.ASCII) is not None


def _names_taken(policy: Tree, meters: Meters) -> Iterator[Fault]:
    named = (entries(policy, key) for key in ("parameters", "facts", "define"))
    names = [name for part in named if isinstance(part, dict) for name in part]
    lacking = OF_ONE_METER if len(meters) > 1 else frozenset()
    taken = (KEYWORDS | FUNCTIONS | OFFER.keys() | set(FLAGS)) - lacking
    for name in set(names) & taken:
        yield Fault(f"the name {name!r} is taken")
    for name in {name for name in names if names.count(name) > 1}:
        yield Fault(f"{name!r} is two things of parameters, facts and definitions")


def _lacking(policy: Tree, prices: Mapping[str, str]) -> Iterator[Fault]:
    """Rules for a plan that does not have a name which they use."""
    define = entries(policy, "define")
    meanings = define if isinstance(define, dict) else {}
    for rule in items(policy, "rules"):
        used = set(_used([entries(rule, key) for key in ("when", "require")], meanings, set()))
        chosen = items(entries(rule, "applies_to"), "configurations")
        plans = {leaf.text for leaf in chosen if isinstance(leaf, Leaf)} or prices.keys()
        for plan in plans & prices.keys():
            if used & {PRICE, DISCOUNT} - {prices[plan]}:
                yield Fault(f"a rule for {plan!r} about what it lacks", "expression")


def _used(
    trees: Iterable[Tree | None], meanings: Mapping[str, Tree], seen: set[str]
) -> Iterator[str]:
    """The names in some expressions, by way of definitions too."""
    for tree in trees:
        said = entries(tree, "value") if isinstance(tree, dict) else tree
        try:
            tokens = tokens_of(said.text) if isinstance(said, Leaf) else []
        except Wrong:
            continue
        for name in {token.text.removeprefix("baseline.") for token in tokens} - seen:
            seen.add(name)
            yield name
            yield from _used([meanings.get(name)], meanings, seen)


def _approvals(policy: Tree) -> Iterator[Fault]:
    known = {leaf.text for leaf in items(policy, "approvers") if isinstance(leaf, Leaf)}
    for item in (*items(policy, "rules"), entries(policy, "ltv")):
        effect, said = word(item, "effect"), entries(item, "approver")
        signers = {leaf.text for leaf in (*parts(said), said) if isinstance(leaf, Leaf)}
        if effect == "approval" and not (signers and signers <= known):
            yield Fault(f"an approval of {signers}")
        if said is not None and effect != "approval":
            yield Fault("an approver without an approval")


@dataclass
class Names:
    """The expressions of a policy, and the kinds of all names."""

    policy: Tree
    currency: str
    meters: Meters
    found: dict[str, Kind] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def faults(self) -> Iterator[Fault]:
        for section in ("parameters", "define"):
            named = entries(self.policy, section)
            for name, said in named.items() if isinstance(named, dict) else ():
                if isinstance(said, dict):
                    yield from DESCRIBED(said)
                yield from self._fault(partial(self._named, name), f"{section} {name}")
        for rule in items(self.policy, "rules"):
            for key in ("when", "require"):
                if (condition := entries(rule, key)) is not None:
                    yield from self._fault(partial(self._condition, condition), key)
        amount = entries(entries(self.policy, "ltv"), "min_improvement_amount")
        if amount is not None:
            yield from self._fault(partial(self._amount, amount), "min_improvement_amount")

    def _fault(self, check: Callable[[], object], what: str) -> Iterator[Fault]:
        self.asked = []
        try:
            check()
        except Wrong as wrong:
            yield Fault(f"{what}: {wrong}", "expression")
        except RecursionError:
            pass  # too deep to tell

    def _condition(self, tree: Tree) -> None:
        if self._kind(tree, self._any_name) != "condition":
            raise Wrong("no condition")

    def _amount(self, tree: Tree) -> None:
        if self._kind(tree, _no_name) not in {"bare", _dimension(MONEY)}:
            raise Wrong("no amount of money")

    def _kind(self, tree: Tree, names: Callable[[str], Kind]) -> Kind:
        if not isinstance(tree, Leaf):
            raise Wrong("no text")
        said = (
            tree.text.lower()
            if tree.plain and tree.text.lower() in {"true", "false"}
            else tree.text
        )
        if tree.plain and said in {"", "~", "null", "Null", "NULL"}:
            raise Wrong("nothing")
        return kind_of(said, Vocabulary(names, self._units()))

    def _any_name(self, name: str) -> Kind:
        plain = name.removeprefix("baseline.")
        if plain in FLAGS:
            return "condition"
        if plain in OFFER and (len(self.meters) == 1 or plain not in OF_ONE_METER):
            return self._of_meter(OFFER[plain])
        base, _, meter = plain.rpartition(".")
        if meter in self.meters and base in BY_METER:
            return self._of_meter(BY_METER[base], meter)
        if name == "request.preference":
            return Selection(PREFERENCES)
        if name in (facts := facts_of(self.policy)):
            return kind_of_fact(facts[name], self._units())
        if name.startswith("profile."):
            return self._cost(name.removeprefix("profile."))
        return self._named(name)

    def _cost(self, name: str) -> Kind:
        """The kind of something of the profile."""
        base, _, meter = name.partition(".")
        by_meter = base == UNIT_COST and (meter in self.meters or len(self.meters) == 1)
        if base not in COSTS or (meter and not by_meter) or (base == UNIT_COST and not by_meter):
            raise Wrong(f"unknown name {name!r}")
        return self._of_meter(COSTS[base], meter)

    def _of_meter(self, powers: Mapping[str, int], meter: str = "") -> Kind:
        """The dimension of something of one meter, or of the first."""
        unit = self.meters.get(meter) or next(iter(self.meters.values()))
        return _dimension({_base(unit) if b == "unit" else b: p for b, p in powers.items()})

    def _named(self, name: str) -> Kind:
        """The kind of a parameter or a definition."""
        if name not in self.found:
            if name in self.asked:
                raise Wrong(f"{name!r} is defined in a circle")
            self.asked.append(name)
            for section, names in (("parameters", _no_name), ("define", self._any_name)):
                tree = entries(entries(self.policy, section), name)
                if tree is not None:
                    value = entries(tree, "value") if isinstance(tree, dict) else tree
                    self.found[name] = self._kind(value or [], names)
                    break
            else:
                raise Wrong(f"unknown name {name!r}")
        return self.found[name]

    def _units(self) -> dict[str, Dimension]:
        words = {
            "currency": (self.currency,),
            **{_base(unit): (unit, f"{unit}s") for unit in self.meters.values()},
            "month": ("month", "months", "year", "years"),
            "member": ("member", "members"),
        }
        units = {word: frozenset([(base, 1)]) for base, known in words.items() for word in known}
        return {**new_units(self.policy, units), **units}


def _base(unit: str) -> str:
    """The dimension of a usage unit, which may be called like another."""
    return f"unit {unit}"


def _dimension(powers: Mapping[str, int]) -> Dimension:
    return frozenset(powers.items()) if powers else PURE


def _no_name(name: str) -> Kind:
    raise Wrong(f"{name!r} in a constant")
