"""A decision in words: what was decided, on which facts, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.language.expressions import Value
from cp_pricing.fields import FIELDS, PRICE, UNLIMITED
from cp_pricing.results import (
    Approval,
    Decision,
    LadderStep,
    LtvReport,
    NearMiss,
    RuleReport,
    Terms,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import (
    ApprovalWouldBuy,
    Justification,
    LevelsUnknown,
    LtvReached,
    LtvRequired,
    NearestMiss,
    OutOfBounds,
    PriceAgainstBaseline,
    Remark,
    RuleExceeded,
    RuleInTheWay,
    RuleWarns,
    SelfServeReaches,
    TermsChanged,
    named,
    paragraph,
)

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest

# As many rules as a reason names; it has one line, the explanation has room for all.
FEW = 2
# How the reason of a request begins that could not be decided.
UNDECIDED = "not decided: "


@dataclass(frozen=True, slots=True)
class BoundViolation:
    """An input outside its tunable bounds; `allowed_text` is as from `bounds_in_words`."""

    field: str
    asked: Value
    allowed_text: str


@dataclass(frozen=True, slots=True)
class ExplanationContext:
    """Everything that an explanation rests on; `answer` is `None` without an answer.

    `rules` are read at the answer, or at the near miss of a rejected request.
    """

    decision: Decision
    request: TuningRequest
    price_book: PriceBook
    baseline: Terms
    answer: Terms | None
    ltv: LtvReport
    approvals: tuple[Approval, ...]
    ladder: tuple[LadderStep, ...]
    rules: tuple[RuleReport, ...]
    near_miss: NearMiss | None = None
    bound_violations: tuple[BoundViolation, ...] = ()
    unknown_reason: str = ""

    @property
    def catalog(self) -> Catalog:
        """The catalog, for its currency and unit."""
        return self.price_book.catalog

    def reports(self, names: Sequence[str]) -> tuple[RuleReport, ...]:
        """The reports of some rules, in the order of the policy."""
        return tuple(rule for rule in self.rules if rule.id in names)

    @property
    def in_the_way(self) -> tuple[RuleReport, ...]:
        """The rules in force that the near miss breaks."""
        return self.reports(self.near_miss.violated if self.near_miss else ())


def explain(context: ExplanationContext) -> tuple[str, str]:
    """The reason for a decision in one line, and the explanation, one sentence a line."""
    reason, justify = _EXPLAINERS[context.decision]
    return reason(context), paragraph(list(justify(context)))


# --- accepted -------------------------------------------------------------------------------


def _accepted_reason(context: ExplanationContext) -> str:
    return f"{_price_in_short(context)}, without any approval"


def _accepted(context: ExplanationContext) -> Iterator[Justification]:
    yield from answer_facts(context)
    better = list(better_levels(context))
    yield from better
    yield from unknown_levels(context)
    yield from warnings(context)
    if better:
        yield Remark(
            "Next: offer these terms, or ask again with approval mode `allow_approval`"
            f" for the {_aim(context)}."
        )
    else:
        yield Remark("Next: offer these terms; nobody has to approve them.")


def answer_facts(context: ExplanationContext) -> Iterator[Justification]:
    """Price, terms and lifetime value of the answer."""
    request, answer = context.request, context.answer
    if answer is None:
        return
    yield PriceAgainstBaseline(
        answer.usage_unit_price,
        context.baseline.usage_unit_price,
        request.configuration,
        context.catalog,
    )
    changed = changed_fields(answer, context.baseline)
    if changed:
        chosen = tuple(field for field in changed if field in request.open)
        yield TermsChanged(answer, context.baseline, changed, chosen, context.catalog)
    yield from _ltv_facts(context)


def changed_fields(terms: Terms, baseline: Terms) -> tuple[str, ...]:
    """The fields, besides the usage price, in which two sets of terms differ, in field order."""
    return tuple(
        field
        for field in FIELDS
        if field != PRICE and getattr(terms, field) != getattr(baseline, field)
    )


def _ltv_facts(context: ExplanationContext) -> Iterator[Justification]:
    ltv, currency = context.ltv, context.catalog.currency
    if ltv.tuned is not None:
        horizon = context.price_book.policy.ltv.horizon_months
        yield LtvReached(ltv.tuned, ltv.required, horizon, currency)
    yield LtvRequired(ltv, context.request.profile, currency)


def _price_in_short(context: ExplanationContext) -> str:
    if context.answer is None:
        return ""
    price, before = context.answer.usage_unit_price, context.baseline.usage_unit_price
    change = f.change(price, before)
    against = {"": "", "unchanged": ", as in the catalog"}.get(
        change, f", {change} than the catalog"
    )
    return f"{f.quote(price, context.catalog)}{against}"


# --- the ladder -----------------------------------------------------------------------------


def _aim(context: ExplanationContext) -> str:
    lower = context.request.preference == "lower_usage_price"
    return "lower price" if lower else "higher lifetime value"


def _merit(context: ExplanationContext, step: LadderStep) -> tuple[Fraction, Fraction] | None:
    """What the request's preference makes of a level's answer; more is better."""
    if step.usage_unit_price is None or step.ltv is None:
        return None
    merits = (-step.usage_unit_price, step.ltv)
    return merits if context.request.preference == "lower_usage_price" else merits[::-1]


def better_levels(context: ExplanationContext) -> Iterator[ApprovalWouldBuy]:
    """The levels that reach more than every level below them, self-serve aside."""
    best: tuple[Fraction, Fraction] | None = None
    for step in context.ladder:
        merit = _merit(context, step)
        if merit is None or (best is not None and merit <= best):
            continue
        best = merit
        if step.level:
            yield _would_buy(context, step)


def _would_buy(context: ExplanationContext, step: LadderStep) -> ApprovalWouldBuy:
    waived = context.reports(step.waives)
    waiving = {rule.approver for rule in waived} or {step.approver}
    approvers = tuple(name for name in context.price_book.policy.approvers if name in waiving)
    return ApprovalWouldBuy(
        approvers,
        waived,
        step.usage_unit_price or Fraction(0),
        step.ltv or Fraction(0),
        context.catalog,
    )


def unknown_levels(context: ExplanationContext) -> Iterator[Justification]:
    """The levels that could not be decided, if any."""
    names = tuple(
        step.approver
        for step in context.ladder
        if step.status == "unknown" and step.approver is not None
    )
    if names:
        yield LevelsUnknown(names)


# --- requires approval ----------------------------------------------------------------------


def _approval_reason(context: ExplanationContext) -> str:
    who = f.listed([f"`{approval.approver}`" for approval in context.approvals])
    return f"{_price_in_short(context)}, once {who} {_approve(context)}"


def _approve(context: ExplanationContext) -> str:
    return "approve" if len(context.approvals) > 1 else "approves"


def _requires_approval(context: ExplanationContext) -> Iterator[Justification]:
    yield from answer_facts(context)
    for approval in context.approvals:
        for rule in context.reports(approval.rules):
            yield RuleExceeded(rule, context.catalog)
    self_serve = context.ladder[0]
    yield SelfServeReaches(self_serve.usage_unit_price, self_serve.ltv, context.catalog)
    yield from warnings(context)
    asked = f.listed(
        [
            f"`{approval.approver}` to waive {f.listed([f'`{name}`' for name in approval.rules])}"
            for approval in context.approvals
        ]
    )
    offer = ", or offer what is possible without approval" if self_serve.ltv is not None else ""
    yield Remark(f"Next: ask {asked}{offer}.")


# --- rejected -------------------------------------------------------------------------------


def _rejected_reason(context: ExplanationContext) -> str:
    catalog = context.catalog
    if context.bound_violations:
        asked = [
            f"{f.label(bad.field, catalog)} {f.field_value(bad.field, bad.asked, catalog)}"
            for bad in context.bound_violations
        ]
        return f"outside the tunable bounds: {f.listed(asked)}"
    if context.in_the_way:
        names = [named(rule) for rule in context.in_the_way]
        broken = f.listed(names) if len(names) <= FEW else f"{len(names)} of them"
        return f"no usage price satisfies all rules; the nearest miss breaks {broken}"
    return "no usage price satisfies all rules"


def _rejected(context: ExplanationContext) -> Iterator[Justification]:
    for bad in context.bound_violations:
        yield OutOfBounds(bad.field, bad.asked, bad.allowed_text, context.catalog)
    if context.in_the_way or not context.bound_violations:
        yield from near_miss_facts(context)
    yield from _ltv_facts(context)
    better = list(better_levels(context))
    yield from better
    yield from unknown_levels(context)
    yield from warnings(context)
    yield Remark(way_out(context, approval_helps=bool(better)))


def near_miss_facts(context: ExplanationContext) -> Iterator[Justification]:
    """The nearest miss, and the rules in force that it breaks."""
    yield nearest_miss(context)
    for rule in context.in_the_way:
        yield RuleInTheWay(rule, context.catalog)


def nearest_miss(context: ExplanationContext) -> Justification:
    """At which price the request comes nearest to being accepted, if it is known."""
    near = context.near_miss
    if near is None:
        return Remark("No usage price that may be chosen satisfies all rules.")
    return NearestMiss(
        near.configuration.usage_unit_price,
        _price_bounds(context),
        tuple(f.label(name, context.catalog) for name in context.request.open),
        context.request.preference,
        context.catalog,
    )


def _price_bounds(context: ExplanationContext) -> str:
    """The usage prices that may be chosen, or nothing where there is but one."""
    configuration = context.price_book.configuration(context.request.configuration)
    bounds = configuration.tunable.get(PRICE)
    if bounds is None or bounds.low == bounds.high:
        return ""
    return f.bounds_in_words(PRICE, bounds, context.baseline.usage_unit_price, context.catalog)


def way_out(context: ExplanationContext, *, approval_helps: bool) -> str:
    """What to do about a rejection."""
    if approval_helps:
        return "Next: ask again with approval mode `allow_approval`."
    catalog = context.catalog
    if context.bound_violations:
        fields = f.listed([f.label(bad.field, catalog) for bad in context.bound_violations])
        return (
            "No approval waives tunable bounds."
            f" Next: ask again with what is possible for {fields}."
        )
    undecided = any(step.status == "unknown" for step in context.ladder)
    start = "" if undecided else "No approval would help. "
    inputs = [f.label(name, catalog) for name in FIELDS if name in context.request.inputs]
    if not inputs:
        return (
            f"{start}Next: start from another model or ask for other terms, since"
            f" `{context.request.configuration}` at its catalog terms does not satisfy the policy"
            f" for `{context.request.profile}`."
        )
    other = "another value" if len(inputs) == 1 else "other values"
    return f"{start}Next: ask again with {other} for {f.listed(inputs, 'or')}."


# --- unknown, and what any decision may carry -----------------------------------------------


def _unknown_reason(context: ExplanationContext) -> str:
    return f"{UNDECIDED}{context.unknown_reason or 'the solver ran out of time'}"


def unknown_facts(context: ExplanationContext) -> Iterator[Justification]:
    """Why there is no decision, and what to do about it."""
    yield Remark(f"The request could not be decided: {_unknown_cause(context)}.")
    yield Remark("That is neither a yes nor a no, and no price shown here is proven.")
    yield Remark("Next: allow more time, or open fewer fields and use coarser tunable bounds.")


def _unknown_cause(context: ExplanationContext) -> str:
    return (context.unknown_reason or "the solver ran out of time").rstrip(".")


def warnings(context: ExplanationContext) -> Iterator[Justification]:
    """The rules that fail and only warn."""
    for rule in context.rules:
        if rule.effect == "warn" and rule.status == "violated":
            yield RuleWarns(rule, context.catalog)


_EXPLAINERS: Mapping[
    Decision,
    tuple[
        Callable[[ExplanationContext], str],
        Callable[[ExplanationContext], Iterator[Justification]],
    ],
] = {
    "accepted": (_accepted_reason, _accepted),
    "requires_approval": (_approval_reason, _requires_approval),
    "rejected": (_rejected_reason, _rejected),
    "unknown": (_unknown_reason, unknown_facts),
}


def exact_or_unlimited(text: str) -> Fraction:
    """The number that a result shows, `unlimited` included."""
    return UNLIMITED if text == "unlimited" else Fraction(text)
