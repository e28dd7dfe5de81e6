"""The result of a request: frozen models whose JSON is the documented schema, version 2.

Money, prices and ratios are exact `Fraction`s in Python and decimal strings in JSON: exact where
they terminate, else to 12 significant digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from cp_pricing.confidence import ConfidenceCurve, ConfidenceReport
from cp_pricing.exact import Exact, ExactByMeter, Rational
from cp_pricing.fields import Preference
from cp_pricing.terms import AnyTerms, Priced, ResultModel, priced

if TYPE_CHECKING:
    from constraints.text.source import Span

# Of all documents but a result, which has a version of its own.
SCHEMA_VERSION: Literal[1] = 1
RESULT_VERSION: Literal[2] = 2

Decision: TypeAlias = Literal["accepted", "requires_approval", "rejected", "unknown"]
Effect: TypeAlias = Literal["reject", "approval", "warn"]
RuleStatus: TypeAlias = Literal[
    "violated", "not_applicable", "binding", "jointly_binding", "undecided", "satisfied"
]
LevelStatus: TypeAlias = Literal["optimal", "infeasible", "unknown"]


class Witness(ResultModel):
    """A deal that shows something: its terms, its LTV in currency, and the rules it breaks.

    `facts` are those on which a rule rests.
    """

    configuration: AnyTerms
    ltv: Exact
    broken: tuple[str, ...]
    facts: dict[str, str | bool] = Field(default_factory=dict)


class ObjectiveReport(ResultModel):
    """What was optimised and the proven optimum, in `unit`.

    Of the least commitment, `value` and `moves` are the open fields off the baseline, and `sum` how
    far they are off, each as a share of its range.
    """

    preference: Preference
    sense: Literal["minimise", "maximise"]
    value: Exact | None
    unit: str
    moves: int | None = None
    sum: Exact | None = None


class LtvReport(ResultModel):
    """Lifetime values in currency; `tuned` and `improvement` are of the answer, if there is one."""

    tuned: Exact | None
    reference_configuration: str
    reference: Exact
    required: Exact
    improvement: Exact | None


class Approval(ResultModel):
    """An approver, and the rules that this approver would waive."""

    approver: str
    rules: tuple[str, ...]


def approvals_of(
    waived: Mapping[str, Sequence[str]], approvers: Sequence[str]
) -> tuple[Approval, ...]:
    """Who waives which rules, from the lowest level up; `waived` has each rule's approvers."""
    rules_of = {who: tuple(id_ for id_, by in waived.items() if who in by) for who in approvers}
    return tuple(Approval(approver=who, rules=rules) for who, rules in rules_of.items() if rules)


class Outcome(Priced):
    """What could be had: a usage price or a discount, and its LTV (currency)."""

    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    ltv: Exact

    @property
    def price(self) -> Fraction:
        """The usage price, or the price level of a rate card."""
        return self.any_price or Fraction(0)


class LadderStep(Priced):
    """The best answer of an approval level; level 0 is self-serve and has no approver.

    `open` has the values of the request's open fields.
    """

    level: int
    approver: str | None
    status: LevelStatus
    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    ltv: Exact | None
    waives: tuple[str, ...]
    open: dict[str, str | bool] = Field(default_factory=dict)

    @property
    def price(self) -> Fraction | None:
        """The usage price of the answer, or its price level, if there is one."""
        return self.any_price

    @property
    def outcome(self) -> Outcome | None:
        """What the level reaches, if it has an answer."""
        if self.ltv is None:
            return None
        return Outcome(**priced(self.price, is_card=self.is_card), ltv=self.ltv)


class SourcePlace(ResultModel):
    """Where a rule is written."""

    file: str
    line: int

    @staticmethod
    def of(span: Span | None) -> SourcePlace | None:
        """The place of a span; `None` where there is none."""
        return SourcePlace(file=span.file, line=span.line) if span else None


class NextStep(ResultModel):
    """The smallest move of a rule's limit that buys a better answer, and what it buys.

    `limit` is the right side after the move, `change` the move's size, both in the rule's unit.
    """

    limit: Exact
    change: Exact
    buys: Outcome


@dataclass(frozen=True, slots=True)
class Breach:
    """A comparison that a broken rule rests on, with both sides, exactly.

    `subject` identifies what is compared, whatever the numbers in it; it is all that there is of a
    condition that compares none. A side over a denominator of zero is `None`.
    """

    subject: str
    operator: str | None = None
    left: Rational | None = None
    right: Rational | None = None
    unit: str = ""
    share: bool = False


class RuleReport(ResultModel):
    """A rule read at the answer (or at the near miss of a rejected request).

    `left`, `right` and `slack` are in `unit`, or are shares, which people read as percentages;
    `None` where a ratio's denominator is zero (`n/a`) or where the rule compares no numbers. Slack
    is negative where the rule fails. `approvers` all sign for its waiver. `overrides` is the place
    of the rule in a base policy that this one changes.
    """

    id: str
    description: str
    owner: str
    effect: Effect
    approvers: tuple[str, ...]
    condition: str
    status: RuleStatus
    left: Exact | None
    operator: str | None
    right: Exact | None
    slack: Exact | None
    unit: str
    share: bool = False
    relief: Outcome | None = None
    next_step: NextStep | None = None
    source: SourcePlace | None
    overrides: SourcePlace | None = None
    # No part of the JSON, whose numbers may be rounded: what a signature for a waiver is for.
    breaches: SkipJsonSchema[tuple[Breach, ...]] = Field(default=(), exclude=True, repr=False)


class NearMiss(ResultModel):
    """For a rejected request: the configuration that breaks the fewest rules, and which."""

    configuration: AnyTerms
    ltv: Exact
    violated: tuple[str, ...]


class FieldChange(ResultModel):
    """A field's value as asked and as offered: a decimal string, `unlimited`, or true or false."""

    field: str
    asked: str | bool
    offered: str | bool


class Correction(ResultModel):
    """A minimal set of inputs to change and approvals to get that makes the request feasible.

    `fields` are the inputs that may not stay as asked, `approvals` who must waive which rules.
    """

    fields: tuple[str, ...]
    approvals: tuple[Approval, ...]


class Counteroffer(ResultModel):
    """A configuration that would be accepted (or approved), certified like any answer."""

    changes: tuple[FieldChange, ...]
    configuration: AnyTerms
    quote: str
    ltv: Exact
    decision: Decision
    approvals: tuple[Approval, ...]
    above_baseline_price: bool
    text: str


class PolicyEdit(ResultModel):
    """The smallest change of one policy limit that would admit the request, re-solved with it.

    `old` and `new` are the rule's condition before and after.
    """

    rule: str
    old: str
    new: str
    change: Exact
    unit: str
    buys: Outcome
    source: SourcePlace | None


class TradeOff(ResultModel):
    """What one commitment of the answer is worth.

    `without` is the best answer with the field as in the baseline, `one_step_more` with its next
    tunable value `next_value`; `None` where there is no answer or no such value. `ltv_worth` is
    what the commitment adds to the answer's LTV at the answer's usage price, in currency;
    `decision_without` what would become of an asked price.
    """

    field: str
    value: str | bool
    baseline_value: str | bool
    without: Outcome | None
    next_value: str | bool | None
    one_step_more: Outcome | None
    ltv_worth: Exact
    decision_without: Decision | None = None


class Monthly(ResultModel):
    """Expected bill and margin of the answer and, as `list_`, of the baseline (currency/month)."""

    bill: Exact | None
    list_bill: Exact
    margin: Exact | None
    list_margin: Exact


class UseBill(ResultModel):
    """The expected bills at `use` times the expected use, `monthly_units` (currency/month).

    `list_bill` is the baseline's, `bill` the answer's.
    """

    use: Exact
    monthly_units: ExactByMeter
    list_bill: Exact
    bill: Exact | None


class Contract(ResultModel):
    """What the answer commits the customer to, and what it is expected to bring, over the term.

    Both in currency, without a prepayment.
    """

    committed_value: Exact
    expected_value: Exact


class CustomerReport(ResultModel):
    """The customer's own size, where the request gives one; units a month."""

    name: str | None = None
    members: Exact | None = None
    monthly_units: ExactByMeter | None = None


class Completeness(ResultModel):
    """Whether everything there is was found, or a stated limit cut the search."""

    conflicts: bool = True
    blocking_sets: bool = True
    corrections: bool = True
    note: str = ""


class Provenance(ResultModel):
    """What an answer rests on; the same inputs give the same bytes, `seconds` aside."""

    price_book_digest: str
    versions: dict[str, str]
    solver_status: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Basis:
    """What the words of a result rest on that is not in the result itself.

    `outside` are the inputs outside their tunable bounds, `undecided` is the reason why there is no
    decision, `diagnosed` whether it was looked for why the answer is not another, `bills` those
    that a customer is shown, and `meters` those of a rate card that a discount or an agreed price
    changes, what is paid for most at list first.
    """

    baseline: AnyTerms
    outside: tuple[str, ...] = ()
    undecided: str = ""
    diagnosed: bool = False
    bills: tuple[UseBill, ...] = ()
    meters: tuple[str, ...] = ()


class TuningResult(ResultModel):
    """The answer to one tuning request."""

    schema_version: Literal[2] = RESULT_VERSION
    request_id: str
    decision: Decision
    reason: str
    baseline: str
    profile: str
    customer: CustomerReport | None = None
    facts: dict[str, str | bool] = Field(default_factory=dict)
    configuration: AnyTerms | None
    quote: str | None
    objective: ObjectiveReport
    ltv: LtvReport
    approvals: tuple[Approval, ...]
    ladder: tuple[LadderStep, ...]
    price_ladder: tuple[LadderStep, ...] = ()
    above_baseline_price: bool
    monthly: Monthly
    contract: Contract | None
    confidence: ConfidenceReport | None = None
    confidence_curve: ConfidenceCurve | None = None
    rules: tuple[RuleReport, ...]
    near_miss: NearMiss | None = None
    blocking_sets: tuple[tuple[str, ...], ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = ()
    corrections: tuple[Correction, ...] = ()
    counteroffers: tuple[Counteroffer, ...] = ()
    policy_edits: tuple[PolicyEdit, ...] = ()
    trade_offs: tuple[TradeOff, ...] = ()
    completeness: Completeness = Completeness()
    warnings: tuple[str, ...] = ()
    explanation: str
    provenance: Provenance
    # No part of the JSON; `None` where a result has no words or was read from JSON.
    basis: SkipJsonSchema[Basis | None] = Field(default=None, exclude=True, repr=False)

    @property
    def shown_terms(self) -> AnyTerms | None:
        """The terms of the answer, or of the near miss of a rejected request."""
        return self.configuration or (self.near_miss.configuration if self.near_miss else None)
