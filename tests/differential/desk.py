"""What section 8 adds to a result, against the oracle; a result is read by its document's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracle.answer import AgainstList, Answer, Rung
from tests.oracle.case import Case, Customer, Value
from tests.oracle.valuing.usage import UNLIMITED

# Words of the warning where a `seller_ltv` price changes no expected bill.
IDLE_PRICE = "no expected bill"

Shown = Mapping[str, Any]


def kinds_of(case: Case) -> Counter[str]:
    """What a case has of section 8."""
    request = case.request
    approvers = [set(rule.approvers) for rule in case.policy.rules]
    has = {
        "asked price": request.asks_for_price,
        "least commitment": request.preference == "least_commitment",
        "fees": bool({"platform_fee", "seat_fee"} & {*request.inputs, *request.open}),
        "facts": bool(case.policy.facts),
        "customer": request.customer != Customer(),
        "references": case.configuration.references is not None,
        "observed_on": case.profile.observed_on is not None,
        "several signatures": any(len(signers) > 1 for signers in approvers),
    }
    return Counter([name for name, there in has.items() if there] or ["nothing of section 8"])


def exact(shown: object) -> object:
    """A number as a Fraction, however it is shown; anything else as it is."""
    if shown == "unlimited":
        return UNLIMITED
    if isinstance(shown, (int, str, Fraction)) and not isinstance(shown, bool):
        return Fraction(shown)
    return shown


def desk_differences(result: Shown, brief: Shown, case: Case, expected: Answer) -> Iterator[str]:
    """Everything in which what is new in a result is not what the oracle says."""
    open_, price = case.request.open, case.configuration.price
    pairs: dict[str, tuple[object, object]] = {
        "open of the ladder": (_opened(result["ladder"]), _chosen(expected.ladder, open_)),
        "price ladder": (
            _steps(result["price_ladder"], price),
            _rungs(expected.price_ladder, price),
        ),
        "open of the price ladder": (
            _opened(result["price_ladder"]),
            _chosen(expected.price_ladder, open_),
        ),
        "facts": (_facts(result["facts"], case), {n: case.facts[n] for n in case.policy.facts}),
        "moves": (_moves(result), expected.moves),
        **_against_list(result, expected.against_list),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield f"{name}: {ours} instead of {theirs}"
    yield from _warning_differences(result, case, expected)
    for name in ("monthly", "contract", "above_baseline_price", "facts", "customer"):
        if brief[name] != result[name]:
            yield f"{name} of the decision: {brief[name]} instead of {result[name]}"
    if list(brief["price_ladder"]) != list(result["price_ladder"])[: len(brief["price_ladder"])]:
        yield f"price ladder of the decision: {brief['price_ladder']}"


def _opened(steps: Sequence[Shown]) -> list[dict[str, object]]:
    return [{n: exact(value) for n, value in (step["open"] or {}).items()} for step in steps]


def _chosen(ladder: Sequence[Rung], open_: Sequence[str]) -> list[dict[str, Value]]:
    return [{n: rung.configuration[n] for n in open_} if rung.configuration else {}
            for rung in ladder]  # fmt: skip


def _steps(steps: Sequence[Shown], price: str) -> list[object]:
    return [
        (
            step["level"],
            step["approver"],
            exact(step[price]),
            exact(step["ltv"]),
            set(step["waives"]),
        )
        for step in steps
    ]


def _rungs(ladder: Sequence[Rung], price: str) -> list[object]:
    return [
        (rung.level, rung.approver, getattr(rung, price), rung.ltv, set(rung.waives))
        for rung in ladder
    ]


def _facts(shown: Shown, case: Case) -> dict[str, object]:
    """The declared facts of a result; those of a choice may look like numbers."""
    texts = {n for n in case.policy.facts if isinstance(case.facts[n], str)}
    return {
        name: value if name in texts else exact(value)
        for name, value in shown.items()
        if name in case.policy.facts
    }


def _moves(result: Shown) -> object:
    """The moves of a least commitment's objective; None where there are none."""
    moves = result["objective"].get("moves")
    return None if moves is None else (int(moves), exact(result["objective"]["sum"]))


def _against_list(result: Shown, expected: AgainstList | None) -> dict[str, tuple[object, object]]:
    """The figures of an answer beside those at list."""
    if expected is None:
        return {"above the baseline's price": (bool(result["above_baseline_price"]), False)}
    shown = {**result["monthly"], **result["contract"]}
    names = ("bill", "list_bill", "margin", "list_margin", "committed_value", "expected_value")
    pairs = {name: (exact(shown[name]), getattr(expected, name)) for name in names}
    above = result["above_baseline_price"], expected.above_baseline_price
    return {**pairs, "above the baseline's price": above}


def _warning_differences(result: Shown, case: Case, expected: Answer) -> Iterator[str]:
    """Whether it is said that a price changes no bill, where that can be told."""
    against = expected.against_list
    idle = False if against is None else against.idle_price
    wanted = idle and case.request.preference == "seller_ltv"
    warned = any(IDLE_PRICE in warning for warning in result["warnings"])
    if idle is not None and warned != wanted:
        yield f"a price that changes no bill: {result['warnings']}, and it is {wanted}"
