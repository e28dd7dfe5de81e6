"""The pricing vocabulary: which names and units a policy may use, and the policy checked by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from constraints.language.checking import Checked, check
from constraints.language.dimensions import (
    CONDITION,
    PURE,
    SHARE,
    Choice,
    Dimension,
    Interval,
    Kind,
    Symbol,
    Unit,
    Vocabulary,
)
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import (
    Comparison,
    Expression,
    Implication,
    Junction,
    Name,
    Number,
    behind,
    names,
)
from constraints.language.renaming import renamed
from constraints.language.selection import meanings
from constraints.text.source import Issue
from cp_pricing.book.facts import (
    PREFERENCE,
    PREFERENCE_FACT,
    AnyFact,
    ChoiceFact,
    FlagFact,
    NumberFact,
)
from cp_pricing.book.names import base_vocabulary, general_names, lacked
from cp_pricing.fields import (
    CHARGED_FEE,
    CONFIDENCE,
    CONFIDENCE_RULE,
    LIFETIME_VALUE,
    LTV_RULE,
    quantity,
)
from cp_pricing.files.models import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constraints.text.source import Span
    from cp_pricing.book.policy import LtvPolicy, Policy, Rule
    from cp_pricing.catalog.plans import Catalog
    from cp_pricing.profiles.profile import Profile

_LTV_CONDITION = Comparison(">=", Name(LIFETIME_VALUE), Name("required_ltv"))


def applies(rule: str) -> str:
    """The internal name for whether a rule (an id) is in force for a configuration and profile."""
    return f"@applies:{rule}"


@dataclass(frozen=True, eq=False)
class CheckedRule:
    """A rule whose names and dimensions are checked, its numbers in base units.

    `approvers` all have to sign for its waiver, from the lowest level up. `dimensions` gives that
    of both sides of every comparison in it. `overrides` is the place of the rule in a base policy
    that it changes. The `when` of a rule that is for some configurations or
    profiles only begins with the name that `applies` gives.
    """

    id: str
    effect: str
    approvers: tuple[str, ...]
    description: str
    owner: str
    text: str
    require: Expression
    when: Expression | None
    source: Span | None
    dimensions: Mapping[Comparison, Dimension]
    overrides: Span | None = None

    @cached_property
    def condition(self) -> Expression:
        """What the rule requires, only where its `when` holds."""
        return self.require if self.when is None else Implication(self.when, self.require)

    @property
    def dimension(self) -> Dimension:
        """The dimension of its first comparison; a pure number where it compares nothing."""
        return next(iter(self.dimensions.values()), PURE)

    def dimension_of(self, comparison: Comparison | None) -> Dimension:
        """The dimension of both sides of a comparison in it."""
        if comparison is self.require:
            return self._required
        return PURE if comparison is None else self.dimensions.get(comparison, PURE)

    @cached_property
    def _required(self) -> Dimension:
        """That of what is required, where that is one comparison: to find it takes its hash."""
        if isinstance(self.require, Comparison):
            return self.dimensions.get(self.require, PURE)
        return PURE


class CheckedPolicy(NamedTuple):
    """A policy ready to be evaluated or compiled; `names` are its parameters and definitions.

    The last of its rules are built in: of lifetime value, and of confidence in it. At level 1 the
    first of the approvers may waive rules, at level 2 the first two, and so on; level 0 is
    self-serve.
    """

    rules: tuple[CheckedRule, ...]
    approvers: tuple[str, ...]
    names: Mapping[str, Expression]
    min_improvement_amount: Fraction
    vocabulary: Vocabulary

    @property
    def levels(self) -> int:
        """The highest approval level."""
        return len(self.approvers)

    @property
    def by_level(self) -> tuple[str | None, ...]:
        """The approver of each level, with whom those of the levels below waive too."""
        return (None, *self.approvers)

    def highest_level(self, rule: CheckedRule) -> int:
        """The highest level that cannot waive a rule; of a warning, the highest there is."""
        if rule.effect == "approval":
            return max(map(self.approvers.index, rule.approvers))
        return self.levels

    def in_force(self, level: int) -> tuple[str, ...]:
        """The rules that a level cannot waive."""
        rules = (rule for rule in self.rules if rule.effect != "warn")
        return tuple(rule.id for rule in rules if level <= self.highest_level(rule))


def as_charged(expression: Expression) -> Expression:
    """An expression of a policy as the model has it: its `platform_fee` is the fee as charged."""
    return renamed(expression, quantity)


def written(name: str) -> str:
    """How a policy writes a name of a checked expression: that of a choice without its text."""
    return "platform_fee" if name == CHARGED_FEE else name.partition(" == ")[0]


def check_policy(catalog: Catalog, profiles: Sequence[Profile], policy: Policy) -> list[Issue]:
    """Every fault of names, dimensions and denominators in a policy."""
    return _PolicyChecker(catalog, profiles).run(policy)[1]


def checked_policy(catalog: Catalog, profiles: Sequence[Profile], policy: Policy) -> CheckedPolicy:
    """The checked form of a policy that `check_policy` has found faultless."""
    return _PolicyChecker(catalog, profiles).run(policy)[0]


class _PolicyChecker:
    """Checks parameters, then definitions in the order of their use, then rules."""

    def __init__(self, catalog: Catalog, profiles: Sequence[Profile]) -> None:
        base = base_vocabulary(catalog, profiles)
        self.symbols = dict(base.symbols)
        self.units = dict(base.units)
        self.vocabulary = Vocabulary(self.symbols, self.units, base.wholes, base.instead)
        self.plans = tuple(plan.id for plan in catalog.configurations)
        self.lacked = lacked(catalog)
        self.general = general_names(catalog)
        self.currency = Dimension.of(**{catalog.currency: 1})
        self.approvers: tuple[str, ...] = ()
        self.issues: list[Issue] = []
        self.names: dict[str, Expression] = {}
        self.dimensions: dict[Comparison, Dimension] = {}  # of what the definitions compare

    def run(self, policy: Policy) -> tuple[CheckedPolicy, list[Issue]]:
        self.approvers = policy.approvers
        for name, fact in ((PREFERENCE, PREFERENCE_FACT), *policy.facts.items()):
            self._declare(name, fact)
        for name, parameter in policy.parameters.items():
            self._define(name, parameter.expression)
        for name in _in_order_of_use(
            {name: definition.expression for name, definition in policy.define.items()}
        ):
            self._define(name, policy.define[name].expression)
        amount = self._checked(policy.ltv.min_improvement_amount, self.currency)
        rules = (*map(self._rule, policy.rules), *self._built_in_rules(policy.ltv))
        # With faults about, it may rest on names that have no value.
        value = Fraction(0) if self.issues else Evaluator(self.names).number(amount.expression)
        least = value or Fraction(0)
        checked = CheckedPolicy(rules, policy.approvers, self.names, least, self.vocabulary)
        return checked, self.issues

    def _declare(self, name: str, fact: AnyFact) -> None:
        """A fact as a name: of a choice, with a condition for each of its texts."""
        match fact:
            case ChoiceFact(values=values):
                choice = Choice(values)
                self.symbols[name] = Symbol(choice)
                self.names |= meanings(name, choice)
            case NumberFact(unit=unit, grid=grid):
                kind = _dimension(unit, self.units) if unit else PURE
                self.symbols[name] = Symbol(kind, Interval(grid.min, grid.max))
            case FlagFact():
                self.symbols[name] = Symbol(CONDITION)

    def _define(self, name: str, expression: Expression) -> None:
        # Names are known once they are defined, so a definition sees only those before it.
        checked = self._checked(expression)
        # A faulty definition is reported once, not wherever it is used.
        self.symbols[name] = Symbol(
            checked.kind, checked.bounds, levels=checked.levels, size=checked.size
        )
        self.names[name] = checked.expression
        self.dimensions |= checked.dimensions

    def _rule(self, rule: Rule) -> CheckedRule:
        require = self._checked(rule.require, CONDITION)
        when = self._checked(rule.when, CONDITION) if rule.when is not None else None
        dimensions = self._dimensions(require)
        if when is not None:
            dimensions |= self._dimensions(when)
        self.issues += self._lacking(rule, require.expression, when.expression if when else None)
        return CheckedRule(
            rule.id,
            rule.effect,
            _by_level(rule.approvers, self.approvers),
            rule.description or "",
            rule.owner or "",
            rule.require_text,
            require.expression,
            _scoped(rule, when.expression if when else None),
            rule.source,
            dimensions,
            rule.overrides,
        )

    def _lacking(self, rule: Rule, *conditions: Expression | None) -> Iterator[Issue]:
        """What a rule names that some plan in its scope does not have."""
        scope = rule.applies_to.configurations if rule.applies_to else None
        plans = self.plans if scope is None else scope
        for condition in conditions:
            nodes = behind(condition, self.names) if condition is not None else ()
            used = {node.name.removeprefix("baseline.") for node in nodes if isinstance(node, Name)}
            for name in sorted(used & self.lacked.keys() & self.symbols.keys()):
                if without := [plan for plan in self.lacked[name] if plan in plans]:
                    others = [plan for plan in self.plans if plan not in self.lacked[name]]
                    message = f"`{name}` is no name of {listed(without)}, for which this rule is"
                    hint = f"add `applies_to: {{configurations: [...]}}` with {listed(others)}"
                    if general := self.general.get(name):
                        hint += f", or write `{general}`, which all plans have"
                    yield Issue(rule.source, message, hint)

    def _built_in_rules(self, ltv: LtvPolicy) -> Iterator[CheckedRule]:
        yield CheckedRule(
            LTV_RULE,
            ltv.effect,
            _by_level(ltv.approvers, self.approvers),
            "The lifetime value of a comparable customer is at least the required one.",
            "",
            f"{LIFETIME_VALUE} >= required_ltv",
            _LTV_CONDITION,
            None,
            ltv.source,
            {_LTV_CONDITION: self.currency},
        )
        if (confidence := ltv.confidence) is not None:
            holds = Comparison(">=", Name(CONFIDENCE), Number(confidence.at_least))
            yield CheckedRule(
                CONFIDENCE_RULE,
                confidence.effect,
                _by_level(confidence.approvers, self.approvers),
                "The lifetime value is at least the required one with the confidence asked for.",
                "",
                f"{CONFIDENCE} >= {confidence.at_least_text}",
                holds,
                None,
                confidence.source,
                {holds: SHARE},
            )

    def _dimensions(self, checked: Checked) -> dict[Comparison, Dimension]:
        """The dimension of every comparison in a condition, those behind its names included."""
        # A rule is shown by the comparison that decides it, which may stand in a definition.
        noted = {**self.dimensions, **checked.dimensions}
        nodes = behind(checked.expression, self.names)
        compared = (node for node in nodes if isinstance(node, Comparison))
        return {node: noted[node] for node in compared if node in noted}

    def _checked(self, expression: Expression, expects: Kind | None = None) -> Checked:
        checked, issues = check(as_charged(expression), self.vocabulary, expects)
        self.issues += issues
        return checked


def _dimension(text: str, units: dict[str, Unit]) -> Dimension:
    """The dimension of a unit such as `days` or `USD/day`; a new word is one of its own."""
    dimension = PURE
    for place, word in enumerate(text.split("/")):
        if word not in units:
            base = word.removesuffix("s") or word
            new = Unit(Dimension.of(**{base: 1}))
            units |= {base: new, f"{base}s": new, word: new}
        part = units[word].dimension
        dimension = dimension / part if place else part
    return dimension


def _by_level(asked: Collection[str], approvers: Sequence[str]) -> tuple[str, ...]:
    """Some approvers, each once, from the lowest level up."""
    return tuple(who for who in approvers if who in asked)


def _scoped(rule: Rule, when: Expression | None) -> Expression | None:
    """The `when` of a rule, with whether the rule is for the deal's configuration and profile."""
    if rule.applies_to is None:
        return when
    here = Name(applies(rule.id))
    return here if when is None else Junction("and", (here, when))


def _in_order_of_use(definitions: Mapping[str, Expression]) -> list[str]:
    """The definitions so that each comes after those it uses."""
    ordered: dict[str, None] = {}
    for name in definitions:
        waiting = [name]
        while waiting:
            missing = [
                used
                for used in sorted(names(definitions[waiting[-1]]), reverse=True)
                if used in definitions and used not in ordered and used not in waiting
            ]
            if missing:
                waiting.append(missing[-1])
            else:
                ordered[waiting.pop()] = None
    return list(ordered)
