"""What a rule means: its words, names and units, its tests, and deals on both sides of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.budget import Budgeted
from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import Goal, Optimal
from constraints.cpsat.solving import Unknown
from constraints.language.dimensions import Choice, Dimension
from constraints.language.expressions import Expression, Value, names
from constraints.language.reading import read
from cp_pricing.book.facts import FlagFact, some_value
from cp_pricing.book.vocabulary import applies, written
from cp_pricing.diagnosis.counteroffers import distance
from cp_pricing.exact import Exact, shown_value
from cp_pricing.fields import ALLOWANCE, DISCOUNT, FIELDS, PRICE, base_name, by_meter, shown_field
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.deal_space import BREAKS, DealSpace, FoundDeal
from cp_pricing.results import Effect, FieldChange, SourcePlace, Witness
from cp_pricing.terms import ResultModel
from cp_pricing.words.conditions import in_words
from cp_pricing.words.numbers import label, plural, unit_of

if TYPE_CHECKING:
    from constraints.language.dimensions import Kind
    from cp_pricing.authoring.policy_tests import PolicyTest
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.catalog.plans import Configuration, PlanDenomination
    from cp_pricing.model.pricing import Pricing

BUDGET = 30.0


class NameUse(ResultModel):
    """A name that a rule uses, directly or through others: its unit, and what it stands for."""

    name: str
    unit: str
    stands_for: str


class TestUse(ResultModel):
    """A policy test that mentions a rule."""

    __test__ = False  # not for pytest

    name: str
    source: SourcePlace


class Sides(ResultModel):
    """What a rule compares at a deal; `None` where a ratio is over zero."""

    left: Exact | None
    operator: str | None
    right: Exact | None
    unit: str
    share: bool


class Example(ResultModel):
    """A deal that a rule refuses, and the nearest one that passes.

    `alone` says that no other rule in force refuses the first. Both are nearest to the catalog.
    Without `admitted_sides`, the rule does not apply to the one that passes.
    """

    configuration: str
    profile: str
    alone: bool
    refused: Witness
    sides: Sides
    admitted: Witness | None
    admitted_sides: Sides | None
    changes: tuple[FieldChange, ...]


class RuleExplanation(ResultModel):
    """Everything about one rule."""

    rule: str
    description: str
    owner: str
    effect: Effect
    approvers: tuple[str, ...]
    condition: str
    when: str | None
    words: str
    when_words: str | None
    applies_to: str | None
    unit: str
    names: tuple[NameUse, ...]
    tests: tuple[TestUse, ...]
    example: Example | None
    note: str = ""
    source: SourcePlace | None


def explain_rule(
    book: PriceBook,
    rule_id: str,
    pairs: Iterable[tuple[str, str]],
    tests: Iterable[PolicyTest] = (),
    *,
    budget: float | None = None,
) -> RuleExplanation:
    """A rule explained; examples are looked for in `pairs` of configurations and profiles.

    That takes at most `budget` seconds (else `BUDGET`); what is not found by then is noted.

    Raises KeyError if there is no such rule.
    """
    pricing = pricing_of(book)
    rule = {item.id: item for item in pricing.rules}[rule_id]
    require, when, when_text = _as_written(book, rule)
    read_out = _reader(book)
    example, note = _example(pricing, rule, pairs, BUDGET if budget is None else budget)
    return RuleExplanation(
        rule=rule.id,
        description=rule.description,
        owner=rule.owner,
        effect=rule.effect,
        approvers=rule.approvers,
        condition=rule.text,
        when=when_text,
        words=read_out(require),
        when_words=read_out(when) if when is not None else None,
        applies_to=_scope(book, rule_id),
        unit=rule.dimension.unit,
        names=tuple(_names(book, pricing, rule)),
        tests=tuple(_tests(rule_id, tests)),
        example=example,
        note=note,
        source=SourcePlace.of(rule.source),
    )


def _reader(book: PriceBook) -> Callable[[Expression], str]:
    """What puts a condition in words, with the names that a price book has."""
    texts = {name: item.text for name, item in book.policy.parameters.items()}
    flags = [name for name, fact in book.policy.facts.items() if isinstance(fact, FlagFact)]
    labels = _labels(book.catalog.denomination())
    return lambda expression: in_words(expression, texts, labels, flags)


def _labels(catalog: PlanDenomination) -> dict[str, str]:
    """What people call the fields, and the quantities of each meter."""
    labels = {name: label(name, catalog) for name in (*FIELDS, DISCOUNT)}
    for meter in (own.id for own in catalog.meters):
        unit = unit_of(meter, catalog)
        labels |= {
            by_meter(ALLOWANCE, meter): label(by_meter(ALLOWANCE, meter), catalog),
            by_meter("rate", meter): f"rate of {plural(unit)}",
            by_meter("expected_monthly_units", meter): f"expected {plural(unit)} a month",
            by_meter("variable_cost_per_unit", meter): f"variable cost per {unit}",
        }
    return labels


def _as_written(
    book: PriceBook, rule: CheckedRule
) -> tuple[Expression, Expression | None, str | None]:
    """The conditions with their numbers in the units of the author."""
    for authored in book.policy.rules:
        if authored.id == rule.id:
            return authored.require, authored.when, authored.when_text
    return rule.require, rule.when, None


def _scope(book: PriceBook, rule_id: str) -> str | None:
    scopes = {item.id: item.applies_to for item in book.policy.rules}
    scope = scopes.get(rule_id)
    return str(scope) if scope is not None else None


def _tests(rule_id: str, tests: Iterable[PolicyTest]) -> Iterator[TestUse]:
    for test in tests:
        if rule_id in test.expect.mentioned:
            yield TestUse(name=test.name, source=SourcePlace.of(test.source))


# --- names and units ------------------------------------------------------------------------


def _names(book: PriceBook, pricing: Pricing, rule: CheckedRule) -> Iterator[NameUse]:
    """The names in the rule and, after them, those behind its definitions."""
    waiting = [*_in_order(rule.when), *_in_order(rule.require)]
    symbols = pricing.policy.vocabulary.symbols
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name == applies(rule.id):
            continue
        seen.add(name)
        yield NameUse(name=name, unit=_unit(symbols[name].kind), stands_for=_meaning(book, name))
        if name in book.policy.define:
            waiting += _in_order(book.policy.define[name].expression)


def _in_order(expression: Expression | None) -> list[str]:
    return [] if expression is None else sorted({written(name) for name in names(expression)})


def _unit(kind: Kind | None) -> str:
    if isinstance(kind, Dimension):
        return kind.unit or "a ratio"
    if isinstance(kind, Choice):
        return "a choice"
    return "yes or no" if kind == "condition" else "a number"


def _meaning(book: PriceBook, name: str) -> str:
    policy = book.policy
    if name in policy.parameters:
        parameter = policy.parameters[name]
        about = f": {parameter.description}" if parameter.description else ""
        return f"parameter, {parameter.text}{about}"
    if name in policy.define:
        return f"defined as {policy.define[name].text}"
    if name in policy.facts:
        return f"fact, {policy.facts[name]}"
    owner, dot, _ = name.partition(".")
    named = name.removeprefix("baseline.")
    is_field = base_name(named) in FIELDS or named == DISCOUNT
    kind = "field" if is_field else "derived"
    if owner == "baseline":
        return f"{kind} at list"
    of_another = dot and owner in {"profile", "request"}
    return f"{kind} of the {owner}" if of_another else f"{kind} of the deal"


# --- deals on both sides --------------------------------------------------------------------


def _example(
    pricing: Pricing, rule: CheckedRule, pairs: Iterable[tuple[str, str]], budget: float
) -> tuple[Example | None, str]:
    """An example that the rule alone refuses, else one that others refuse too; what was not found.

    Each configuration and profile has an even part of the time.
    """
    solver, noted = Budgeted(budget), ""
    spaces = [
        DealSpace.of(pricing, configuration, profile, solver) for configuration, profile in pairs
    ]
    spaces = [space for space in spaces if rule.id in space.rules]
    if not spaces:
        return None, "it is for none of these plans and profiles"
    # A deal that nothing else refuses shows what the rule itself is for.
    attempts = [(alone, space) for alone in (True, False) for space in spaces]
    for alone, space in solver.in_turn(attempts):
        example, note = _in_space(space, rule, alone=alone)
        if example is not None:
            return example, note
        noted = noted or note
    return None, noted or "no deal within the tunable bounds breaks it"


def _in_space(space: DealSpace, rule: CheckedRule, *, alone: bool) -> tuple[Example | None, str]:
    """An example, if there is one, and what was not found in time."""
    level = space.offer.policy.highest_level(rule)
    others = [name for name in space.in_force(level) if name != rule.id]
    offer = space.offer
    baseline = {**offer.canonical, **{name: some_value(fact) for name, fact in offer.facts.items()}}
    refused = _nearest(space, [*(others if alone else ()), BREAKS + rule.id], baseline)
    if not isinstance(refused, FoundDeal):
        return None, refused
    admitted = _nearest(space, [*others, rule.id], refused.fields)
    passes = admitted if isinstance(admitted, FoundDeal) else None
    evaluator = offer.evaluator(refused.fields)
    example = Example(
        configuration=offer.configuration.id,
        profile=offer.profile.id,
        alone=all(evaluator.truth(space.conditions[name]) for name in others),
        refused=refused.deal,
        sides=_sides(space, rule, refused.fields),
        admitted=passes.deal if passes else None,
        admitted_sides=_sides_within(space, rule, passes.fields) if passes else None,
        changes=tuple(_changes(offer.configuration, refused.fields, passes.fields))
        if passes
        else (),
    )
    note = f"whether a deal passes is not known: {admitted}" if admitted and not passes else ""
    return example, note


def _nearest(
    space: DealSpace, wanted: Sequence[str], fields: Mapping[str, Value]
) -> FoundDeal | str:
    """The deal nearest to another one under some conditions, or why none is known.

    The text is empty where there is proved to be none.
    """
    try:
        result = space.problem.best(wanted, _near(space, fields))
    except NoModelError as none:
        return str(none)
    if isinstance(result, Optimal):
        return space.found(result, wanted)
    return result.reason if isinstance(result, Unknown) else ""


def _near(space: DealSpace, fields: Mapping[str, Value]) -> tuple[Goal, ...]:
    """As few fields away from a deal as possible, and then as little."""
    chosen = space.space.chosen
    return (Goal(distance(space.space, chosen, fields)),) if chosen else ()


def _changes(
    plan: Configuration, old: Mapping[str, Value], new: Mapping[str, Value]
) -> Iterator[FieldChange]:
    for name in (PRICE, *(field for field in plan.fields if field != PRICE)):
        if old[name] != new[name]:
            asked, offered = (_shown(plan, name, fields[name]) for fields in (old, new))
            shown = shown_field(name, is_card=plan.is_card)
            yield FieldChange(field=shown, asked=asked, offered=offered)


def _shown(plan: Configuration, name: str, value: Value) -> str | bool:
    """A field's value as results show it, of a price level the discount."""
    is_level = plan.is_card and name == PRICE
    return shown_value(name, Fraction(1) - value if is_level else value)


def _sides_within(space: DealSpace, rule: CheckedRule, fields: Mapping[str, Value]) -> Sides | None:
    """What the rule compares, where it applies."""
    if rule.when is not None and not space.offer.evaluator(fields).truth(rule.when):
        return None
    return _sides(space, rule, fields)


def _sides(space: DealSpace, rule: CheckedRule, fields: Mapping[str, Value]) -> Sides:
    environment = {**space.offer.bindings, **space.offer.canonical, **fields}
    reading = read(rule.require, space.offer.evaluator(fields), environment)
    dimension = rule.dimension_of(reading.comparison)
    return Sides(
        left=reading.left,
        operator=reading.operator,
        right=reading.right,
        unit=dimension.unit,
        share=dimension.is_share,
    )
