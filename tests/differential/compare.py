"""One case both ways: by the solver from its files, and by the oracle's enumeration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import chain

from constraints.cpsat.solving import Solver
from cp_pricing.assembly import explained
from cp_pricing.book.loading import parse_requests
from cp_pricing.decision.proposals import propose
from cp_pricing.decision.verdict import decide
from cp_pricing.diagnosis.diagnosis import Why
from cp_pricing.fields import FIELDS
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.results import RuleReport, TuningResult
from cp_pricing.terms import AnyTerms
from cp_pricing.tuning import TIME_LIMIT, deal_of, decisions
from tests import oracle
from tests.differential.cards import card_differences, card_kinds
from tests.differential.desk import desk_differences, kinds_of
from tests.differential.draws import draw_differences, draw_kinds
from tests.oracle.answer import Answer, RuleReading
from tests.oracle.case import Case
from tests.oracle.generator import ATTEMPTS
from tests.support.drawn import book_of
from tests.support.search import Tally

REQUESTS = "tuning_requests.json"
# Books as of version 1 with anything of section 8, books with rate cards, and books of either kind
# whose profiles have draws.
DRAWN: Mapping[str, Callable[[int, int], Case]] = {
    "plain": oracle.generate,
    "rates": oracle.generate_card,
    "draws": oracle.generate_draws,
    "edges": oracle.generate_edges,
}


# A rule whose products no 64-bit integers hold, or that calculates with a share of draws over too
# many deals, leaves a request undecided, or a rejected one without a near miss, which it says.
TOO_LARGE = ("more than 64-bit integers can hold", "a number of too many steps")


def compare(seed: int, attempts: int = ATTEMPTS, what: str = "plain") -> Tally:
    """The tally of the random cases of a seed; `attempts` is how long a decision is aimed for."""
    tally = Tally()
    for drawn in (name for name in DRAWN if what in {name, "all"}):
        tally.add(_compared(seed, DRAWN[drawn](seed, attempts)))
    return tally


def _compared(seed: int, case: Case) -> Tally:
    expected = oracle.solve(case)
    texts = oracle.render(case)
    book = book_of(texts)
    (request,) = parse_requests(book, texts[REQUESTS])
    deal = deal_of(book, request, TIME_LIMIT)
    # With the curve of its confidence, and without the reasons, which are not compared here.
    result = explained(deal, decide(deal), Why(), seconds=0.0)
    undecided = result.reason if result.decision == "unknown" else result.completeness.note
    for words in TOO_LARGE:
        if words in undecided:
            return Tally(1, Counter([f"{words}, and said so"]))
    (brief,) = decisions(book, [request], 30.0)
    documents = result.model_dump(), brief.model_dump()
    card = case.configuration.card is not None
    told = chain(
        card_differences(documents[0], case, expected) if card else differences(result, expected),
        _rules_differences(result, expected),
        _brief_differences(brief, result),
        desk_differences(*documents, case, expected),
        draw_differences(*documents, case, expected),
    )
    found = [f"seed {seed}: {difference}" for difference in told]
    opened = f"{len(request.open)} open"
    kinds = Counter([result.decision, opened, request.preference, request.approval_mode])
    kinds.update(kinds_of(case) + draw_kinds(case, expected))
    if any(plan.card for plan in case.catalog.configurations) or case.catalog.meters:
        kinds.update(card_kinds(case))
    deal = Deal(pricing_of(book), request, Solver())
    kinds["read off lines"] += propose(deal, deal.usable_level) is not None
    return Tally(1, kinds, found)


def _brief_differences(brief: TuningResult, result: TuningResult) -> Iterator[str]:
    """Everything in which the brief decision is not that of the whole result."""
    for name in ("decision", "configuration", "quote", "objective", "ltv", "approvals"):
        ours, theirs = getattr(brief, name), getattr(result, name)
        if ours != theirs:
            yield f"{name} of the decision: {ours} instead of {theirs}"
    if brief.ladder != result.ladder[: len(brief.ladder)]:
        yield f"ladder of the decision: {brief.ladder} instead of {result.ladder}"


def differences(result: TuningResult, expected: Answer) -> Iterator[str]:
    """Everything in which a plain configuration's result is not what the oracle says."""
    configuration = result.configuration
    price = configuration.price if configuration else None
    pairs: dict[str, tuple[object, object]] = {
        "decision": (result.decision, expected.decision),
        "price": (price, expected.usage_unit_price),
        "ltv": (result.ltv.tuned, expected.ltv),
        "configuration": (_terms(configuration), _listed(expected.configuration)),
        "reference": (result.ltv.reference_configuration, expected.reference_configuration),
        "reference ltv": (result.ltv.reference, expected.reference_ltv),
        "required ltv": (result.ltv.required, expected.required_ltv),
        "approvals": (
            [(one.approver, set(one.rules)) for one in result.approvals],
            [(approver, set(rules)) for approver, rules in expected.approvals],
        ),
        "ladder": (
            [
                (step.level, step.approver, step.usage_unit_price, step.ltv, set(step.waives))
                for step in result.ladder
            ],
            [
                (rung.level, rung.approver, rung.usage_unit_price, rung.ltv, set(rung.waives))
                for rung in expected.ladder
            ],
        ),
        "near miss": (_near_miss(result), _expected_near_miss(expected)),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield f"{name}: {ours} instead of {theirs}"


def _rules_differences(result: TuningResult, expected: Answer) -> Iterator[str]:
    if result.decision != "unknown":
        for rule, reading in zip(result.rules, expected.rules, strict=True):
            yield from _rule_differences(rule, reading)


def _terms(terms: AnyTerms | None) -> list[object] | None:
    return None if terms is None else [terms.value(name) for name in FIELDS]


def _listed(configuration: object) -> list[object] | None:
    return None if configuration is None else [configuration[name] for name in FIELDS]  # type: ignore[index]


def _near_miss(result: TuningResult) -> object:
    near = result.near_miss
    return None if near is None else (_terms(near.configuration), near.ltv, set(near.violated))


def _expected_near_miss(expected: Answer) -> object:
    near = expected.near_miss
    if near is None:
        return None
    bounds = {f"tunable:{name}" for name in near.off_bounds}
    return (_listed(near.configuration), near.ltv, set(near.violated) | bounds)


def _rule_differences(rule: RuleReport, reading: RuleReading) -> Iterator[str]:
    holding = {"satisfied", "binding", "jointly_binding", "undecided"}
    status = "holds" if rule.status in holding else rule.status
    # A rule is binding for what it prevents, which may be by a `when` that is false at the answer.
    if "binding" in rule.status and reading.status == "not_applicable":
        status = reading.status
    ours: dict[str, object] = {"id": rule.id, "effect": rule.effect, "status": status}
    theirs: dict[str, object] = {
        "id": reading.id,
        "effect": reading.effect,
        "status": reading.status,
    }
    if reading.left is not None and reading.right is not None:
        ours |= {"left": rule.left, "right": rule.right}
        theirs |= {"left": reading.left, "right": reading.right}
        if isinstance(reading.slack, Fraction):
            ours["slack"], theirs["slack"] = rule.slack, reading.slack
    if ours != theirs:
        yield f"rule {rule.id}: {ours} instead of {theirs}"
