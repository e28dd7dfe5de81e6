"""Justifications: facts about a decision, each in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from constraints.language.expressions import Value
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


class Tabled(NamedTuple):
    """One sentence before the figures of several rules, which are only made for who shows them."""

    text: str
    table: Callable[[], Table]

    def __str__(self) -> str:
        """The sentence alone."""
        return self.text


class Next(NamedTuple):
    """What to do next, and what it follows from, if that is said in the same breath."""

    advice: str
    since: str = ""

    def __str__(self) -> str:
        """The advice, after its ground."""
        return f"{self.since} Next: {self.advice}.".lstrip()


# A fact that bears on a decision: a sentence with its figures, as it is said.
Justification: TypeAlias = str | Tabled | Next


class Section(NamedTuple):
    """Some justifications under a title."""

    title: str
    parts: tuple[Justification, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The justifications in words."""
        return tuple(map(str, self.parts))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The figures of those that have a table."""
        return tuple(part.table() for part in self.parts if isinstance(part, Tabled))


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


def price_against_list(
    price: Fraction, baseline_price: Fraction, baseline: str, catalog: Denomination, rates: str
) -> str:
    """Where the usage price of the answer stands against that of the plan (currency/unit)."""
    if catalog.is_card:
        offer = f"The offer is {f.quote(price, catalog)}"
        listed = f"Usage stays at the list rates of `{baseline}`"
        return f"{with_rates(listed if price == baseline_price else offer, rates)}."
    quote = f.quote(price, catalog)
    if price == baseline_price:
        return f"The usage price stays at the {quote} of `{baseline}`."
    change = f.change(price, baseline_price)
    if price > baseline_price and change:
        change = f"above list: {change}"
    against, listed = f"{change} than" if change else "against", f.quoted(baseline_price, catalog)
    return f"The usage price is {quote}, {against} the {listed} of `{baseline}`."


def terms_changed(
    terms: AnyTerms,
    baseline: AnyTerms,
    fields: Sequence[str],
    opened: Collection[str],
    catalog: Denomination,
) -> str:
    """What is agreed other than at list: the fields, besides the usage price, that differ."""
    changes = [
        _change(field, terms.value(field), baseline.value(field), catalog)
        + (", chosen by the solver" if field in opened else "")
        for field in fields
    ]
    return f"Against list, the customer's terms are: {'; '.join(changes)}."


def _change(field: str, new: Value, old: Value, catalog: Denomination) -> str:
    name = f.label(field, catalog)
    if isinstance(new, bool):
        return f"{'' if new else 'no '}{name}"
    now, before = (f.field_value(field, value, catalog) for value in (new, old))
    return f"{name} {now} instead of {before}"


def worth_in_short(tuned: Fraction, required: Fraction, currency: str) -> str:
    """What a comparable customer is worth, and how far it is from what is required (currency)."""
    places = f.places_apart([tuned, required])
    worth = f.money(tuned, currency, places)
    gap = f.money(abs(tuned - required), currency, places)
    against = f"{gap} {'more' if tuned > required else 'less'} than"
    if tuned == required:
        against = "exactly what"
    return f"{worth}, {against} the policy requires"


def ltv_required(ltv: LtvReport, profile: str, currency: str) -> str:
    """The lifetime value that the policy requires, and the reference that it rests on."""
    required, reference = ltv.required, ltv.reference
    places = f.places_apart([required, reference])
    amounts = [
        f.money(value, currency, places) for value in (required, reference, required - reference)
    ]
    improvement = f", and {amounts[2]} of improvement" if required != reference else ""
    return (
        f"{amounts[0]} is required: the {amounts[1]} that the reference,"
        f" `{ltv.reference_configuration}`, is worth at list for `{profile}`{improvement}."
    )


def nearest_miss(
    price: Fraction, price_bounds: str, opened: Sequence[str], catalog: Denomination, *, asked: bool
) -> str:
    """At which price (currency/unit) the terms that break the fewest rules come nearest.

    `price_bounds` says which prices may be chosen, and is empty where there is but one, perhaps
    because it was `asked` for; `opened` are the labels of the open fields.
    """
    quote = f.quote(price, catalog)
    whatever = f", with whatever {f.listed(opened, 'or')}," if opened else ""
    if asked:
        return f"At {quote}, as asked{whatever or ','} not all rules hold."
    noun = price_words(catalog).noun
    come = "come" if catalog.is_card and price == 1 else "comes"
    if not price_bounds:
        return f"The {noun} is fixed, and at {quote}{whatever} not all rules hold."
    return (
        f"No {noun} that may be chosen ({price_bounds}){whatever} satisfies all rules;"
        f" nearest to it {come} {quote}."
    )


def in_full(outcome: Outcome, catalog: Denomination) -> str:
    """A usage price with its lifetime value, to go inside a sentence."""
    worth = f.money(outcome.ltv, catalog.currency)
    return f"{f.quote(outcome.price, catalog)}, at a lifetime value of {worth}"


def in_brackets(outcome: Outcome, catalog: Denomination) -> str:
    """A usage price with its lifetime value: `USD 4.00 per 1M tokens (lifetime value USD 9.00)`."""
    worth = f.money(outcome.ltv, catalog.currency)
    return f"{f.quote(outcome.price, catalog)} (lifetime value {worth})"
