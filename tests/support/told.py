"""Results made by hand, for what is told of them without solving anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

from constraints.language.expressions import Value
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.results import (
    Basis,
    Decision,
    LadderStep,
    LtvReport,
    Monthly,
    ObjectiveReport,
    Provenance,
    RuleReport,
    TuningResult,
)
from cp_pricing.telling.context import Told
from cp_pricing.telling.reason_line import reason_line
from cp_pricing.telling.story import story
from cp_pricing.terms import Terms
from cp_pricing.words.facts import text_of


def terms(price: str, **fields: Value) -> Terms:
    base: dict[str, Value] = {
        "platform_fee": F(120),
        "seat_fee": F(0),
        "included_units": F(5_000_000),
        "contract_duration_months": F(1),
        "minimum_monthly_turnover": F(0),
        "prepaid_amount": F(0),
        "guaranteed_platform_fee": F(0),
        "customer_funded_onboarding": False,
        "reduced_cancellation_flexibility": False,
    }
    return Terms.model_validate(base | {"usage_unit_price": F(price)} | fields)


BASELINE = terms("0.00001")


def rule(name: str, condition: str, sides: tuple[str, str, str], **more: object) -> RuleReport:
    left, operator, right = sides
    low = F(left) - F(right)
    given = {
        "description": "",
        "owner": "",
        "effect": "reject",
        "approvers": (),
        "status": "satisfied",
        "slack": low if operator.startswith(">") else -low,
        "unit": "",
        "share": "%" in condition,
        "source": None,
    }
    return RuleReport.model_validate(
        given
        | {"id": name, "condition": condition}
        | {"left": F(left), "operator": operator, "right": F(right)}
        | more
    )


def margin(status: str) -> RuleReport:
    sides = ("0.251", ">=", "0.3")
    return rule(
        "margin-floor", "gross_margin >= 30%", sides, status=status, description="Keep a third."
    )


def discount(left: str, status: str) -> RuleReport:
    return rule(
        "deep-discount",
        "usage_price_discount <= 30%",
        (left, "<=", "0.3"),
        status=status,
        effect="approval",
        approvers=("vp-sales",),
        description="Discounts above 30% are for the VP to grant.",
    )


def step(
    level: int, price: str | None, ltv: str | None = None, *waives: str, status: str = "optimal"
) -> LadderStep:
    return LadderStep.model_validate(
        {
            "level": level,
            "approver": (None, "deal-desk", "vp-sales")[level],
            "status": "infeasible" if price is None and status == "optimal" else status,
            "usage_unit_price": price,
            "ltv": ltv,
            "waives": waives,
        }
    )


def request(**fields: object) -> TuningRequest:
    given = {"id": "r", "configuration": "membership-plus-overage", "profile": "small-team"}
    return TuningRequest.model_validate(given | fields)


def ltv(tuned: str | None) -> LtvReport:
    reference = F("1372.55")
    return LtvReport(
        tuned=None if tuned is None else F(tuned),
        reference_configuration="membership-plus-overage",
        reference=reference,
        required=F(1400),
        improvement=None if tuned is None else F(tuned) - reference,
    )


LADDER = (
    step(0, "0.000007", "2620.81"),
    step(1, "0.000007", "2620.81"),
    step(2, "0.000004", "2049.85", "deep-discount"),
)


@dataclass(frozen=True)
class Case:
    """A result made by hand, with what its words rest on."""

    told: Told

    def but(self, asked: TuningRequest | None = None, **changed: object) -> Case:
        """The case with another request or other parts of the result."""
        result = self.told.result.model_copy(update=changed)
        return Case(replace(self.told, request=asked or self.told.request, result=result))

    def resting_on(self, **changed: Any) -> Case:  # noqa: ANN401 - any of the parts of a basis
        """The case with something else in its basis."""
        return Case(replace(self.told, basis=replace(self.told.basis, **changed)))

    @property
    def reason(self) -> str:
        return reason_line(self.told)

    @property
    def words(self) -> str:
        return text_of(story(self.told))


def case(book: PriceBook, asked: TuningRequest, decision: Decision, **parts: Any) -> Case:  # noqa: ANN401 - any of the parts of a result
    result = TuningResult(
        request_id=asked.id,
        decision=decision,
        reason="",
        baseline=asked.configuration,
        profile=asked.profile,
        quote=None,
        above_baseline_price=False,
        monthly=Monthly(bill=None, list_bill=F(1), margin=None, list_margin=F(1)),
        contract=None,
        objective=ObjectiveReport(
            preference=asked.preference, sense="minimise", value=None, unit="USD/token"
        ),
        explanation="",
        provenance=Provenance(price_book_digest="", versions={}, solver_status="", seconds=0.0),
        **({"configuration": None, "approvals": ()} | parts),
    )
    return Case(Told(book, asked, Basis(BASELINE), result))
