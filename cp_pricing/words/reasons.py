"""Justifications from the full reading of a decision: why not better, why not, and what instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from cp_pricing.exact import value_of
from cp_pricing.fields import Preference
from cp_pricing.results import (
    Approval,
    Decision,
    NextStep,
    Outcome,
    PolicyEdit,
    RuleReport,
    TradeOff,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import NEEDS, figures, in_brackets, introduced, named, scale_of
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.scales import Scale
from cp_pricing.words.terms import capital, is_nothing, is_plural, term, the_term

# What would become of an asked price.
_WITHOUT: dict[Decision, str] = {
    "accepted": "would be accepted as well",
    "requires_approval": "would take an approval",
    "rejected": "would be rejected",
    "unknown": "could not be decided",
}


def reached(outcome: Outcome, preference: Preference, catalog: Denomination) -> str:
    """What could be had, told by what the request prefers."""
    price = f.quote(outcome.price, catalog)
    if preference == "lower_usage_price":
        # What is spoken of is the discount: "it could be 12%".
        return f.quoted(outcome.price, catalog) if catalog.is_card else price
    return f"{f.money(outcome.ltv, catalog.currency)} of lifetime value (at {price})"


@dataclass(frozen=True, slots=True)
class Together:
    """Constraints that stand together: terms asked for as nouns, rules, and the price's bounds.

    `bounds` is empty where the bounds of the usage price are not among them, and `fixed` is whether
    they are one price; `indifferent` says so where none of what was asked for is. `priced` is
    whether the terms have a price, `each` whether every rule stands there by itself, and `beside`
    is one with which each of them does.
    """

    terms: tuple[str, ...]
    rules: tuple[RuleReport, ...]
    bounds: str
    indifferent: str
    catalog: Denomination
    fixed: bool = False
    priced: bool = False
    each: bool = False
    beside: RuleReport | None = None

    @property
    def given(self) -> str:
        """The terms that are given, to begin a sentence."""
        return f"with {f.listed(self.terms)}, " if self.terms else ""

    @property
    def prices(self) -> str:
        """The usage prices that are meant, as none or any of which is spoken."""
        noun = price_words(self.catalog).noun
        return f"{noun} from {self.bounds}" if self.bounds else noun

    @property
    def only(self) -> str:
        """The one usage price that there is."""
        return f"the only {price_words(self.catalog).noun}, {self.bounds}" if self.fixed else ""

    @property
    def at_any_price(self) -> str:
        """At which prices something cannot be; nothing where the price is given."""
        return "" if self.priced else f" at {self.only or f'any {self.prices}'}"


def alike(sets: Iterable[Together]) -> list[Together]:
    """The sets, of which those that differ in their one rule only are taken together."""
    together: dict[object, Together] = {}
    for place, one in enumerate(sets):
        key = (one.terms, one.bounds, one.indifferent) if len(one.rules) == 1 else place
        before = together.get(key)
        together[key] = (
            replace(one, rules=(*before.rules, *one.rules), each=True) if before else one
        )
    return list(together.values())


_PAIR = 2


def paired(sets: Iterable[Together]) -> list[Together]:
    """The sets, of which pairs that share a rule and the terms are taken together."""
    rest, told = list(sets), []
    while rest:
        first, *rest = rest
        groups = [
            [other for other in rest if _is_beside(rule, first, other)] for rule in first.rules
        ]
        largest = max(groups, key=len, default=[])
        if not largest:
            told.append(first)
            continue
        beside = first.rules[groups.index(largest)]
        others = [rule for one in (first, *largest) for rule in one.rules if rule != beside]
        told.append(replace(first, rules=tuple(others), each=True, beside=beside))
        rest = [one for one in rest if one not in largest]
    return told


def _is_beside(rule: RuleReport, first: Together, other: Together) -> bool:
    """Whether a rule of one pair is in another pair as well, beside the same terms."""
    same = (first.terms, first.bounds, first.indifferent, _PAIR)
    here = (other.terms, other.bounds, other.indifferent, len(other.rules))
    return len(first.rules) == _PAIR and here == same and rule in other.rules


def stops_better(members: Together, preference: Preference) -> str:
    """A blocking set: what together admits no better answer, and with which terms."""
    words = price_words(members.catalog)
    better = words.better[preference]
    if not members.rules:
        return f"{capital(members.given + _no_better(members, preference))}."
    subjects = [named(rule) for rule in members.rules]
    if members.bounds:
        subjects.append(f"{members.only or f'the range of {words.noun}s, {members.bounds}'},")
    verb = "is what stops" if len(subjects) == 1 else "together stop"
    if members.each:
        verb = "each stop"
    anyway = f", {members.indifferent}" if members.indifferent else ""
    return f"{capital(members.given)}{f.listed(subjects)} {verb} {better}{anyway}."


def _no_better(members: Together, preference: Preference) -> str:
    """That what is left to choose admits no better answer, without any rule."""
    words = price_words(members.catalog)
    better = words.better[preference]
    if preference == "least_commitment":
        return "no open term can be moved less"
    if members.priced:
        return f"there is no {better.removeprefix('a ')}"
    if members.fixed:
        return f"the {words.noun} can only be {members.bounds}"
    return f"no {members.prices} gives {better}"


def excludes(members: Together, failing: Sequence[RuleReport], price: Fraction | None) -> str:
    """A conflict: what cannot all hold, with which terms and prices, and how near it comes.

    `failing` are those of its rules that the near miss breaks, for their figures there; it has
    the usage price `price` (currency/unit), if it is known.
    """
    # Of those that fail one by one a table says what they are for.
    tabled = failing if members.each else ()
    names = [f"`{rule.id}`" if rule in tabled else named(rule) for rule in members.rules]
    # Terms that are given come first; else that it would be so whatever they were.
    start = members.given or f"{members.indifferent}, " * bool(members.indifferent)
    subject = capital(start + (f.listed(names) or "all terms"))
    together = " together" if len(members.rules) > 1 and not members.each else ""
    if members.beside:
        together = f" together with {named(members.beside)}"
    alone = ", each by itself" if members.each else near(members, failing, price)
    return f"{subject} cannot hold{together}{members.at_any_price}{alone}."


def near(members: Together, failing: Sequence[RuleReport], price: Fraction | None) -> str:
    """The figures at the near miss; a rule has its name only if there are several."""
    if price is None or not failing:
        return ""
    several, catalog = len(members.rules) > 1, members.catalog
    read = [f"{f'`{rule.id}` ' * several}{figures(rule, catalog)}" for rule in failing]
    at = (f.quote if catalog.is_card else f.quoted)(price, catalog)
    return f"; at {at}: {f.listed(read)}"


class WhatItsLimitCosts(NamedTuple):
    """A binding rule: where it stands, the least move of its limit that helps, and its relief.

    `subject` is what to call the rule, if not by its name.
    """

    rule: RuleReport
    preference: Preference
    catalog: Denomination
    subject: str = ""

    def sentence(self) -> str:
        """The rule's figures, and what a looser limit or none would buy."""
        parts = filter(None, (self._standing(), self.buys()))
        return f"{capital(self.subject or named(self.rule))} {'; '.join(parts)}."

    def stop(self) -> str:
        """What the rule is for, and where it stands: the sentence before the figures."""
        return f"{introduced(self.rule)}: {self.figures()}"

    def buys(self) -> str:
        """What a looser limit or none would buy; empty if nothing is known of that."""
        step, relief = self.rule.next_step, self.rule.relief
        could = price_words(self.catalog).could_be[self.preference]
        if step is None:
            return f"without the rule {could}{self._reached(relief)}" if relief else ""
        moved, none = self._reached(step.buys), ""
        if moved and relief and relief != step.buys:
            none = f"; without the rule,{self._reached(relief)}"
        return f"with {self._limit(step)} {could}{moved}{none}"

    def _reached(self, outcome: Outcome) -> str:
        """What could be had; of less commitment an outcome does not say which."""
        if self.preference == "least_commitment":
            return ""
        return f" {reached(outcome, self.preference, self.catalog)}"

    def _scale(self) -> Scale:
        step = self.rule.next_step
        moved = (step.limit, step.change) if step else ()
        return scale_of(self.rule, self.catalog, *moved)

    def _standing(self) -> str:
        rule = self.rule
        if rule.left is None or rule.right is None or rule.operator is None:
            return "holds"
        return f"stands at {self.figures()}"

    def figures(self) -> str:
        """Both sides in words, or the condition of a rule that compares no numbers."""
        rule, scale = self.rule, self._scale()
        if rule.left is None or rule.right is None or rule.operator is None:
            return rule.condition
        need, _ = NEEDS[rule.operator]
        return f"{scale.text(rule.left)}, where {need.format(scale.text(rule.right))}"

    def _limit(self, step: NextStep) -> str:
        """The moved limit, rounded to the side on which it still admits the answer it buys."""
        return f"a limit of {self._scale().limit_text(step.limit, self.rule.operator)}"


class CommitmentWorth(NamedTuple):
    """What one commitment of the answer is worth; `answer` is what the answer itself reaches."""

    trade: TradeOff
    answer: Outcome
    preference: Preference
    catalog: Denomination

    def sentence(self) -> str:
        """The lifetime value it brings, the answer without it, and with one step more."""
        noun = the_term(self.trade.field, value_of(self.trade.value), self.catalog)
        return f"{capital(noun)} {self._worth()}; {self._elsewhere()}."

    def _worth(self) -> str:
        worth = self.trade.ltv_worth
        plural = is_plural(self.trade.field, value_of(self.trade.value))
        at_this = f"at this {price_words(self.catalog).short}"
        amount = f"{f.money(abs(worth), self.catalog.currency)} of lifetime value {at_this}"
        if not worth:
            return f"{'add' if plural else 'adds'} nothing to the lifetime value {at_this}"
        if worth < 0:
            return f"{'cost' if plural else 'costs'} {amount}"
        return f"{'are' if plural else 'is'} worth {amount}"

    def _elsewhere(self) -> str:
        """The answers without the commitment and with more of it."""
        trade, short = self.trade, price_words(self.catalog).short
        if trade.decision_without is not None:
            return f"{self._how()} the asked {short} {_WITHOUT[trade.decision_without]}"
        how, what = self._how(), short if self.preference == "lower_usage_price" else "best"
        if trade.without is None:
            nothing = "answer" if self.catalog.is_card else "price"
            return f"{how} there would be no {nothing} at all{self._more()}"
        if (
            self._is_same(trade.without)
            and trade.one_step_more
            and self._is_same(trade.one_step_more)
        ):
            return f"{how}, as with one step more ({self._step()}), the {what} would be the same"
        return f"{how} the {what} would be {self._compared(trade.without)}{self._more()}"

    def _how(self) -> str:
        trade = self.trade
        before = value_of(trade.baseline_value)
        if not is_nothing(trade.field, before):
            return f"with {term(trade.field, before, self.catalog)} as at list"
        plural = is_plural(trade.field, value_of(trade.value))
        return "without them" if plural else "without it"

    def _step(self) -> str:
        value = value_of(self.trade.next_value or "0")
        return f.field_value(self.trade.field, value, self.catalog)

    def _more(self) -> str:
        trade = self.trade
        if trade.next_value is None:
            return ""
        if trade.one_step_more is not None:
            return f", with one step more ({self._step()}) {self._compared(trade.one_step_more)}"
        if trade.without is None:
            return f", nor with one step more ({self._step()})"
        return f", with one step more ({self._step()}) there would be none"

    def _compared(self, outcome: Outcome) -> str:
        same = self._is_same(outcome)
        return "the same" if same else reached(outcome, self.preference, self.catalog)

    def _is_same(self, outcome: Outcome) -> bool:
        if self.preference == "lower_usage_price":
            return outcome.price == self.answer.price
        return outcome.ltv == self.answer.ltv


def enough(options: Sequence[tuple[str, Sequence[Approval]]], rules: Sequence[RuleReport]) -> str:
    """The corrections: what to ask for instead and approvals to get, each of them enough."""
    texts = [
        f.listed([*filter(None, [instead]), *(waiving(one, rules, "waiving") for one in approvals)])
        for instead, approvals in options
    ]
    if len(texts) == 1:
        return f"{capital(texts[0])} would be enough."
    listed = "; ".join(f"({number}) {text}" for number, text in enumerate(texts, start=1))
    return f"Any one of these would be enough: {listed}."


def waiving(approval: Approval, rules: Sequence[RuleReport], verb: str) -> str:
    """Who waives what: "`deal-desk` waiving `payback` (...)"; rules are named by `rules`."""
    waived = [named(rule) for rule in rules if rule.id in approval.rules]
    return f"`{approval.approver}` {verb} {f.listed(waived)}"


def approvers_could_accept(
    approvals: Sequence[Approval],
    rules: Sequence[RuleReport],
    outcome: Outcome,
    catalog: Denomination,
) -> str:
    """What the terms asked for come to if some approvers agree, and whom to ask for what."""
    asked = f.listed([waiving(approval, rules, "to waive") for approval in approvals])
    return f"Keep what was asked for, and ask {asked}: accepted at {in_brackets(outcome, catalog)}."


def limit_edited(edit: PolicyEdit, rule: RuleReport, catalog: Denomination) -> str:
    """The smallest change of one limit of the policy that would admit the request as it is."""
    where = f"In the rule at {edit.source.file}:{edit.source.line}, " if edit.source else ""
    return (
        f"{where}{named(rule)}: `{edit.old}` would become `{edit.new}`,"
        f" which admits the request at {in_brackets(edit.buys, catalog)}."
    )
