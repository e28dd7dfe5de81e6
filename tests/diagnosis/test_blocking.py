"""Blocking sets need models of few rules where lines over the prices tell what one change does."""

from __future__ import annotations

import pytest

from constraints.cpsat.solving import Solver
from cp_pricing.decision.verdict import decide
from cp_pricing.diagnosis.blocking import BETTER, Droppable
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from tests.support.books import certain, pilot


@pytest.mark.parametrize("with_draws", [False, True])
@pytest.mark.parametrize(
    ("request_id", "inputs"),
    [
        (
            "small-team-lower-price",
            ("contract_duration_months", "minimum_monthly_turnover", "prepaid_amount"),
        ),
        ("small-team-guaranteed-fee", ("contract_duration_months", "guaranteed_platform_fee")),
        ("scale-up-annual-prepaid", ("prepaid_amount",)),
    ],
)
def test_only_what_blocks_is_compiled(
    request_id: str, inputs: tuple[str, ...], *, with_draws: bool
) -> None:
    book, requests = certain()
    (request,) = (one for one in requests if one.id == request_id)
    deal = Deal(pricing_of(pilot() if with_draws else book), request, Solver())
    droppable = Droppable(deal, decide(deal).answer)
    ((rule, *asked),) = droppable.conflicts().sets
    assert asked == [f"request:{name}" for name in inputs]
    assert droppable.search.problem.literals.keys() == {BETTER, rule, *asked}
