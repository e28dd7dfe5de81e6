"""Justifications: typed facts about a decision, each of which says itself in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from cp_pricing.results import LtvReport, Outcome, RuleReport
from cp_pricing.terms import AnyTerms
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.rates import with_rates
from cp_pricing.words.scales import Scale
from cp_pricing.words.sheet import Table

# How a comparison reads from its left side: what it needs, and what a shortfall is called.
NEEDS: Mapping[str, tuple[str, str]] = {
    ">=": ("at least {} is required", "{} short"),
    ">": ("more than {} is required", "{} short"),
    "<=": ("at most {} is allowed", "{} too much"),
    "<": ("less than {} is allowed", "{} too much"),
    "==": ("exactly {} is required", "{} away"),
    "!=": ("{} is excluded", ""),
}


class Justification(Protocol):
    """A fact that bears on a decision."""

    def sentence(self) -> str:
        """The fact in one sentence, with its figures."""


@dataclass(frozen=True, slots=True)
class Section:
    """Some justifications under a title."""

    title: str
    parts: tuple[Justification, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The justifications in words."""
        return tuple(part.sentence() for part in self.parts)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The figures of those that have a table."""
        return tuple(part.table for part in self.parts if isinstance(part, Tabled))


def sections_of(titled: Iterable[tuple[str, Iterable[Justification]]]) -> tuple[Section, ...]:
    """The sections that have something in them."""
    sections = (Section(title, tuple(parts)) for title, parts in titled)
    return tuple(section for section in sections if section.parts)


def text_of(sections: Sequence[Section]) -> str:
    """All sentences, each on a line of its own."""
    return "\n".join(sentence for section in sections for sentence in section.sentences)


def named(rule: RuleReport) -> str:
    """A rule as people refer to it: its id, then what it is for."""
    return f"`{rule.id}` ({described(rule)})"


def introduced(rule: RuleReport) -> str:
    """A rule at the beginning of a sentence: what it is for, if that is said, then its id."""
    return f"{purpose(rule)} (`{rule.id}`)" if rule.description else named(rule)


def purpose(rule: RuleReport) -> str:
    """What a rule is for, by itself; the condition of one that nobody described is code."""
    text = described(rule)
    return f"{text[:1].upper()}{text[1:]}" if rule.description else text


def described(rule: RuleReport) -> str:
    """What a rule is for, to go inside a sentence; its condition where nobody described it."""
    text = " ".join(rule.description.split()).rstrip(".")
    if not text:
        return rule.condition
    # An abbreviation such as `LTV` keeps its capitals.
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def scale_of(rule: RuleReport, catalog: Denomination, *moved: Fraction) -> Scale:
    """How both sides of a rule, its slack and a moved limit are shown."""
    sides = (rule.left, rule.right, rule.slack, *moved)
    return Scale(sides, rule.unit, catalog, share=rule.share)


def figures(rule: RuleReport, catalog: Denomination) -> str:
    """A rule that fails, in figures: `25% where at least 30% is required, 5% short`."""
    if rule.left is None or rule.right is None or rule.operator is None:
        return f"`{rule.condition}` does not hold"
    scale = scale_of(rule, catalog)
    need, miss = NEEDS[rule.operator]
    said = f"{scale.text(rule.left)} where {need.format(scale.text(rule.right))}"
    if not rule.slack or not miss:
        return said
    return f"{said}, {miss.format(_distance(scale, rule.slack))}"


def _distance(scale: Scale, slack: Fraction) -> str:
    # The distance between two percentages is in points: 25% is not "5% short" of 30%.
    if scale.unit == "%":
        points = scale.text(abs(slack)).removesuffix("%")
        return f"{points} percentage point{'' if points == '1' else 's'}"
    return scale.text(abs(slack))


@dataclass(frozen=True, slots=True)
class PriceAgainstList:
    """The usage price of the answer, and that of the plan at list (currency/unit)."""

    price: Fraction
    baseline_price: Fraction
    baseline: str
    catalog: Denomination
    rates: str = ""

    def sentence(self) -> str:
        """Where the price stands."""
        if self.catalog.is_card:
            return f"{with_rates(self._of_card(), self.rates)}."
        price = f.quote(self.price, self.catalog)
        if self.price == self.baseline_price:
            return f"The usage price stays at the {price} of `{self.baseline}`."
        change = f.change(self.price, self.baseline_price)
        listed = f.quoted(self.baseline_price, self.catalog)
        if self.price > self.baseline_price and change:
            change = f"above list: {change}"
        against = f"{change} than" if change else "against"
        return f"The usage price is {price}, {against} the {listed} of `{self.baseline}`."

    def _of_card(self) -> str:
        if self.price == self.baseline_price:
            return f"Usage stays at the list rates of `{self.baseline}`"
        return f"The offer is {f.quote(self.price, self.catalog)}"


@dataclass(frozen=True, slots=True)
class TermsChanged:
    """The fields, besides the usage price, that differ from those at list."""

    terms: AnyTerms
    baseline: AnyTerms
    fields: tuple[str, ...]
    chosen: tuple[str, ...]
    catalog: Denomination

    def sentence(self) -> str:
        """What is agreed other than at list."""
        changes = [self._change(field) for field in self.fields]
        return f"Against list, the customer's terms are: {'; '.join(changes)}."

    def _change(self, field: str) -> str:
        new = self.terms.value(field)
        old = self.baseline.value(field)
        name = f.label(field, self.catalog)
        note = ", chosen by the solver" if field in self.chosen else ""
        if isinstance(new, bool):
            return f"{'' if new else 'no '}{name}{note}"
        now, before = (f.field_value(field, value, self.catalog) for value in (new, old))
        return f"{name} {now} instead of {before}{note}"


@dataclass(frozen=True, slots=True)
class LtvReached:
    """What a comparable customer is worth with the answer (currency, over the horizon)."""

    tuned: Fraction
    required: Fraction
    horizon_months: int
    currency: str

    def sentence(self) -> str:
        """The lifetime value against what the policy requires."""
        horizon = f.months(self.horizon_months)
        return f"Over {horizon} a comparable customer is worth {self.in_short()}."

    def in_short(self) -> str:
        """The lifetime value and how far it is from what is required."""
        places = f.places_apart([self.tuned, self.required])
        worth = f.money(self.tuned, self.currency, places)
        gap = f.money(abs(self.tuned - self.required), self.currency, places)
        against = f"{gap} {'more' if self.tuned > self.required else 'less'} than"
        if self.tuned == self.required:
            against = "exactly what"
        return f"{worth}, {against} the policy requires"


@dataclass(frozen=True, slots=True)
class LtvRequired:
    """The lifetime value that the policy requires, and the reference that it rests on."""

    ltv: LtvReport
    profile: str
    currency: str

    def sentence(self) -> str:
        """Where the requirement comes from."""
        required, reference = self.ltv.required, self.ltv.reference
        places = f.places_apart([required, reference])
        amounts = [
            f.money(value, self.currency, places)
            for value in (required, reference, required - reference)
        ]
        improvement = f", and {amounts[2]} of improvement" if required != reference else ""
        return (
            f"{amounts[0]} is required: the {amounts[1]} that the reference,"
            f" `{self.ltv.reference_configuration}`, is worth at list for"
            f" `{self.profile}`{improvement}."
        )


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The terms that break the fewest rules, by their usage price (currency/unit).

    `price_bounds` says which prices may be chosen, and is empty where there is but one, perhaps
    because it was `asked` for; `opened` are the labels of the open fields.
    """

    price: Fraction
    price_bounds: str
    opened: tuple[str, ...]
    asked: bool
    catalog: Denomination

    def sentence(self) -> str:
        """At which price the request comes nearest to being accepted."""
        price = f.quote(self.price, self.catalog)
        opened = f", with whatever {f.listed(self.opened, 'or')}," if self.opened else ""
        if self.asked:
            return f"At {price}, as asked{opened or ','} not all rules hold."
        noun = price_words(self.catalog).noun
        come = "come" if self.catalog.is_card and self.price == 1 else "comes"
        if not self.price_bounds:
            return f"The {noun} is fixed, and at {price}{opened} not all rules hold."
        return (
            f"No {noun} that may be chosen ({self.price_bounds}){opened} satisfies all rules;"
            f" nearest to it {come} {price}."
        )


@dataclass(frozen=True, slots=True)
class ApprovalWouldBuy:
    """What a level above the decided one reaches, and which waivers that takes.

    `further` ones come on top of those that a level below takes.
    """

    approvers: tuple[str, ...]
    rules: tuple[RuleReport, ...]
    outcome: Outcome
    catalog: Denomination
    further: bool = False

    def sentence(self) -> str:
        """What the approval of somebody would make possible."""
        what = f.listed([named(rule) for rule in self.rules]) or "what it may"
        waived = f"if {f.coded(self.approvers)} waived {what}"
        if self.further:
            return f"{in_brackets(self.outcome, self.catalog)}, {waived} as well."
        return f"{in_full(self.outcome, self.catalog)}, would be possible {waived}."


def in_full(outcome: Outcome, catalog: Denomination) -> str:
    """A usage price with its lifetime value, to go inside a sentence."""
    worth = f.money(outcome.ltv, catalog.currency)
    return f"{f.quote(outcome.price, catalog)}, at a lifetime value of {worth}"


def in_brackets(outcome: Outcome, catalog: Denomination) -> str:
    """A usage price with its lifetime value: `USD 4.00 per 1M tokens (lifetime value USD 9.00)`."""
    worth = f.money(outcome.ltv, catalog.currency)
    return f"{f.quote(outcome.price, catalog)} (lifetime value {worth})"


@dataclass(frozen=True, slots=True)
class Remark:
    """A fact that is told in one place only, in its words."""

    text: str

    def sentence(self) -> str:
        """The text itself."""
        return self.text


@dataclass(frozen=True, slots=True)
class Tabled:
    """One sentence before the figures of several rules."""

    text: str
    table: Table

    def sentence(self) -> str:
        """The sentence alone."""
        return self.text


@dataclass(frozen=True, slots=True)
class Next:
    """What to do next, and what it follows from, if that is said in the same breath."""

    advice: str
    since: str = ""

    def sentence(self) -> str:
        """The advice, after its ground."""
        return f"{self.since} Next: {self.advice}.".lstrip()
