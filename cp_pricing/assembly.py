"""A result put together from a verdict, and from why it is not another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from constraints.cpsat import solving
from constraints.cpsat.solving import Unknown
from constraints.language.expressions import Name, Value
from cp_pricing.decision.ladder import Answer, Step, moves_of
from cp_pricing.diagnosis.blocking import field_of, is_input
from cp_pricing.diagnosis.diagnosis import Why
from cp_pricing.diagnosis.rules import rule_reports
from cp_pricing.exact import shown_value
from cp_pricing.fields import PRICE, quantity
from cp_pricing.model.certainty import sureness
from cp_pricing.model.month import main_meters
from cp_pricing.model.terms import terms_of
from cp_pricing.profiles.customers import Customer
from cp_pricing.profiles.profile import SMALL_COHORT, expected_use, without_draws
from cp_pricing.results import (
    Approval,
    Basis,
    Completeness,
    Contract,
    Correction,
    Counteroffer,
    CustomerReport,
    FieldChange,
    LadderStep,
    LevelStatus,
    LtvReport,
    Monthly,
    NearMiss,
    ObjectiveReport,
    Provenance,
    RuleReport,
    TuningResult,
    approvals_of,
)
from cp_pricing.telling.context import Told
from cp_pricing.telling.reason_line import reason_line, undecided_line
from cp_pricing.telling.story import story
from cp_pricing.terms import AnyTerms, priced
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import text_of
from cp_pricing.words.terms import counteroffer_in_words

_NOBODY = Customer()
BILL, MARGIN = "expected_monthly_bill", "expected_monthly_margin"

if TYPE_CHECKING:
    from constraints.language.evaluation import Evaluator
    from cp_pricing.decision.verdict import Verdict
    from cp_pricing.diagnosis.counteroffers import Alternative
    from cp_pricing.model.deal import Deal


def explained(deal: Deal, verdict: Verdict, why: Why | None, seconds: float) -> TuningResult:
    """The whole result, put in words from what else is in it: in short, if `why` is `None`."""
    facts = _facts(deal, verdict, why or Why(), seconds, with_rules=True)
    if shown := verdict.answer or verdict.near:
        facts = facts.model_copy(update=sureness(deal, shown.fields, by_price=why is not None))
    basis = Basis(
        baseline=_terms(deal, deal.offer.listed),
        outside=deal.violations,
        undecided=verdict.unknown,
        diagnosed=why is not None,
        meters=main_meters(deal.offer, facts.configuration),
    )
    told = Told(deal.pricing.price_book, deal.request, basis, facts)
    words = {
        "reason": reason_line(told),
        "explanation": text_of(story(told)),
        "basis": basis,
    }
    return facts.model_copy(update=words)


def decided(deal: Deal, verdict: Verdict, seconds: float) -> TuningResult:
    """The result without rules and words; an undecided one says why."""
    return _facts(deal, verdict, Why(), seconds, with_rules=False)


def _facts(
    deal: Deal, verdict: Verdict, why: Why, seconds: float, *, with_rules: bool
) -> TuningResult:
    """The result without words, its rules read at the answer or at the near miss."""
    answer, conflicts = verdict.answer, why.conflicts
    shown = (answer or verdict.near) if with_rules else None
    rules = tuple(rule_reports(deal, shown, why)) if shown else ()
    return TuningResult(
        request_id=deal.request.id,
        decision=verdict.decision,
        reason=undecided_line(verdict.unknown) if verdict.unknown else "",
        baseline=deal.request.configuration,
        profile=deal.request.profile,
        customer=_customer(deal),
        facts=_fact_report(deal),
        configuration=_terms(deal, answer.evaluator) if answer else None,
        quote=f.quote(answer.price, deal.denomination) if answer else None,
        objective=_objective(deal, answer),
        ltv=_ltv(deal, answer),
        approvals=_approvals(deal, answer.broken) if answer else (),
        ladder=_ladder(deal, verdict.steps),
        price_ladder=_ladder(deal.unasked, verdict.price_steps) if verdict.price_steps else (),
        above_baseline_price=answer is not None
        and deal.offer.is_dearer(answer.fields, answer.evaluator),
        monthly=_monthly(deal, answer),
        contract=_contract(answer) if answer else None,
        rules=rules,
        near_miss=_near_miss(deal, verdict.near),
        blocking_sets=why.blocking_sets,
        conflicts=conflicts.sets if conflicts else (),
        corrections=tuple(_corrections(deal, why)),
        counteroffers=tuple(_counteroffer(deal, offer) for offer in why.alternatives),
        policy_edits=why.policy_edits,
        trade_offs=why.trade_offs,
        completeness=_completeness(verdict, why),
        warnings=tuple(_warnings(deal, answer, rules)),
        explanation="",
        provenance=_provenance(deal, verdict, seconds),
    )


def _customer(deal: Deal) -> CustomerReport | None:
    customer = deal.request.customer
    if customer == _NOBODY:
        return None
    units = customer.monthly_units
    if customer.monthly_usage is not None:
        units = expected_use(deal.offer.profile)
    return CustomerReport(name=customer.name, members=customer.members, monthly_units=units)


def _fact_report(deal: Deal) -> dict[str, str | bool]:
    declared = deal.pricing.price_book.policy.facts
    return {name: fact.shown(deal.facts[name]) for name, fact in declared.items()}


def _number(evaluator: Evaluator, name: str) -> Fraction:
    return evaluator.number(Name(name)) or Fraction(0)


def _monthly(deal: Deal, answer: Answer | None) -> Monthly:
    listed = deal.offer.listed
    return Monthly(
        bill=_number(answer.evaluator, BILL) if answer else None,
        list_bill=_number(listed, BILL),
        margin=_number(answer.evaluator, MARGIN) if answer else None,
        list_margin=_number(listed, MARGIN),
    )


def _contract(answer: Answer) -> Contract:
    term = Fraction(answer.fields["contract_duration_months"])
    return Contract(
        committed_value=_number(answer.evaluator, "committed_value"),
        expected_value=_number(answer.evaluator, BILL) * term,
    )


def _completeness(verdict: Verdict, why: Why) -> Completeness:
    note = "; ".join(cut for cut in (verdict.cut, why.completeness.note) if cut)
    return why.completeness.model_copy(update={"note": note}) if verdict.cut else why.completeness


def _ltv(deal: Deal, answer: Answer | None) -> LtvReport:
    reference = deal.offer.reference
    return LtvReport(
        tuned=answer.ltv if answer else None,
        reference_configuration=reference.configuration,
        reference=reference.ltv,
        required=reference.required,
        improvement=answer.ltv - reference.ltv if answer else None,
    )


def _objective(deal: Deal, answer: Answer | None) -> ObjectiveReport:
    catalog = deal.denomination
    if deal.request.preference == "least_commitment":
        number, length = moves_of(deal, answer) if answer else (None, None)
        return ObjectiveReport(
            preference="least_commitment",
            sense="minimise",
            value=number,
            unit="fields",
            moves=None if number is None else int(number),
            sum=length,
        )
    if deal.request.preference == "seller_ltv":
        value = answer.ltv if answer else None
        return ObjectiveReport(
            preference="seller_ltv", sense="maximise", value=value, unit=catalog.currency
        )
    if catalog.is_card:
        discount = 1 - answer.price if answer else None
        return ObjectiveReport(
            preference="lower_usage_price", sense="maximise", value=discount, unit=""
        )
    return ObjectiveReport(
        preference="lower_usage_price",
        sense="minimise",
        value=answer.price if answer else None,
        unit=f"{catalog.currency}/{catalog.unit}",
    )


def _terms(deal: Deal, evaluator: Evaluator) -> AnyTerms:
    return terms_of(evaluator, deal.offer.configuration, deal.offer.rates)


def _approvals(deal: Deal, broken: Collection[str]) -> tuple[Approval, ...]:
    """Who has to waive which of some rules."""
    waived = {rule.id: rule.approvers for rule in deal.pricing.rules if rule.id in broken}
    return approvals_of(waived, deal.pricing.price_book.policy.approvers)


def _corrections(deal: Deal, why: Why) -> Iterator[Correction]:
    for correction in why.conflicts.corrections if why.conflicts else ():
        members = correction.members
        fields = tuple(field_of(name) for name in members if is_input(name))
        waived = {name for name in members if not is_input(name)}
        yield Correction(fields=fields, approvals=_approvals(deal, waived))


def _counteroffer(deal: Deal, offer: Alternative) -> Counteroffer:
    answer, catalog = offer.answer, deal.denomination
    asked = {**deal.offer.canonical, **deal.request.inputs}
    approvals = _approvals(deal, answer.broken)
    untold = Counteroffer(
        changes=tuple(
            FieldChange(
                field=name,
                asked=shown_value(name, asked[name]),
                offered=shown_value(name, answer.fields[name]),
            )
            for name in offer.changed
        ),
        configuration=_terms(deal, answer.evaluator),
        quote=f.quote(answer.price, catalog),
        ltv=answer.ltv,
        decision="requires_approval" if approvals else "accepted",
        approvals=approvals,
        above_baseline_price=offer.above_baseline_price,
        text="",
    )
    words = counteroffer_in_words(untold, catalog, deal.request.inputs)
    return untold.model_copy(update={"text": words})


def _near_miss(deal: Deal, near: Answer | None) -> NearMiss | None:
    if near is None:
        return None
    in_force = set(deal.in_force())
    bounds = [f"tunable:{deal.shown(name)}" for name in deal.violations]
    rules = [name for name in near.broken if name in in_force]
    return NearMiss(
        configuration=_terms(deal, near.evaluator), ltv=near.ltv, violated=(*bounds, *rules)
    )


def _bill_is_fixed(deal: Deal, answer: Answer) -> bool:
    """Whether no price that may be chosen changes the answer's expected bill."""
    domain = deal.offer.domains.get(PRICE)
    if domain is None or domain.count == 1:
        return False
    # The bill never falls as the price rises, so that its ends tell all of it.
    ends = ({**answer.fields, PRICE: price} for price in (domain.low, domain.high))
    return len({_number(deal.offer.evaluator(fields), BILL) for fields in ends}) == 1


def _warnings(deal: Deal, answer: Answer | None, rules: tuple[RuleReport, ...]) -> Iterator[str]:
    if answer and deal.request.preference == "seller_ltv" and _bill_is_fixed(deal, answer):
        yield "the usage price changes no expected bill: with these terms no price is worth more"
    # At the near miss of a rejection nothing is sold that one could be warned of.
    for rule in rules if answer else ():
        if rule.effect == "warn" and rule.status == "violated":
            yield f"{rule.description or rule.condition} ({rule.id})"
    profile = deal.offer.profile
    if not deal.has_draws and deal.pricing.mentions_confidence:
        yield without_draws(profile.id)
    # With draws, figures say what few customers leave open.
    if not deal.has_draws and profile.cohort and profile.cohort.customers < SMALL_COHORT:
        yield (
            f"the profile `{profile.id}` rests on {profile.cohort.customers} customers,"
            f" fewer than {SMALL_COHORT}"
        )


def _provenance(deal: Deal, verdict: Verdict, seconds: float) -> Provenance:
    status = {"rejected": "infeasible", "unknown": "unknown"}.get(verdict.decision, "optimal")
    untimed = _untimed(deal.pricing.price_book.digest, status)
    return untimed.model_copy(update={"seconds": round(seconds, 6)}) if seconds else untimed


# Parts that many results share are made once: in a batch they were a tenth of the time.
@lru_cache(maxsize=64)
def _untimed(digest: str, status: str) -> Provenance:
    versions = {"cp-pricing": version("cp-pricing"), "ortools": solving.version()}
    return Provenance(
        price_book_digest=digest, versions=versions, solver_status=status, seconds=0.0
    )


def _ladder(deal: Deal, steps: Sequence[Step]) -> tuple[LadderStep, ...]:
    # A brief verdict ends sooner than the levels.
    each = enumerate(zip(deal.pricing.policy.by_level, steps, strict=False))
    return tuple(_ladder_step(deal, level, who, step) for level, (who, step) in each)


def _ladder_step(deal: Deal, level: int, approver: str | None, step: Step) -> LadderStep:
    if not isinstance(step, Answer):
        status: LevelStatus = "unknown" if isinstance(step, Unknown) else "infeasible"
        return _no_answer(level, approver, status, deal.offer.configuration.is_card)
    return LadderStep(
        level=level,
        approver=approver,
        status="optimal",
        **priced(step.price, is_card=step.is_card),
        ltv=step.ltv,
        waives=step.broken,
        open={name: shown_value(name, _charged(step, name)) for name in deal.request.open},
    )


def _charged(answer: Answer, name: str) -> Value:
    """A field of an answer as results show it: the platform fee as charged."""
    value = answer.evaluator.value(Name(quantity(name)))
    return Fraction(0) if value is None else value


@lru_cache(maxsize=256)
def _no_answer(level: int, approver: str | None, status: LevelStatus, is_card: bool) -> LadderStep:  # noqa: FBT001 - a value
    return LadderStep(
        level=level,
        approver=approver,
        status=status,
        **priced(None, is_card=is_card),
        ltv=None,
        waives=(),
    )
