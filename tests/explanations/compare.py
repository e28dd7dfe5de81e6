"""One case both ways: explained by the package from its files, and by trying everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from constraints.cpsat.conflicts import Limits
from constraints.cpsat.solving import Solver
from constraints.text.source import InputError
from cp_pricing.book.loading import parse_requests
from cp_pricing.decision.verdict import decide
from cp_pricing.diagnosis.blocking import Droppable
from cp_pricing.diagnosis.diagnosis import Why, read_answer, read_rejection
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.results import NextStep, Outcome, PolicyEdit, TradeOff
from tests.explanations.cases import Books, verdict_case
from tests.explanations.charts import charts_compared
from tests.explanations.desk import offers_compared
from tests.explanations.edits import edited
from tests.explanations.rulings import Had, Rulings, Step, Worth, ratio_inside_choice
from tests.explanations.subsets import (
    corrections,
    feasible_subsets,
    hitting_sets,
    minimal,
    minimal_conflicts,
)
from tests.explanations.universe import Universe, rules_in_force, universe_of
from tests.oracle.answer import Answer
from tests.oracle.case import CONFIDENCE_RULE, DISCOUNT, LTV_RULE, PRICE, Case, Rule, Value
from tests.oracle.enumeration import off_bounds, rules_of, solve
from tests.oracle.valuing.usage import UNLIMITED
from tests.oracle.writing.rendering import render
from tests.support.drawn import book_of
from tests.support.search import Tally

REQUESTS = "tuning_requests.json"
ALL = Limits(conflicts=100_000, corrections=100_000, rounds=100_000)
FEW = Limits(conflicts=2, corrections=1)
NEARLY = Fraction(1002, 1000)  # a limit is written with few digits
TOO_LARGE = ("64-bit", "too many steps")
PARTS = ("conflicts", "blocking", "counteroffers", "relief", "edits", "charts")


def compare(
    seed: int, parts: Sequence[str] = PARTS, *, new: bool = True, books: Books = "plain"
) -> Tally:
    """The tally of the random cases of one seed; if `new`, with anything of section 8."""
    tally = Tally(1)
    if set(parts) - {"counteroffers"}:
        tally.add(_verdict(parts, verdict_case(seed, new=new, books=books)))
    if "counteroffers" in parts:
        tally.add(offers_compared(seed, books))
    tally.differences = [f"seed {seed}: {difference}" for difference in tally.differences]
    return tally


def deal_of(texts: Mapping[str, str]) -> Deal:
    """The deal that a case's files describe."""
    book = book_of(texts)
    (request,) = parse_requests(book, texts[REQUESTS])
    return Deal(pricing_of(book), request, Solver())


def _verdict(parts: Sequence[str], case: Case) -> Tally:
    expected, texts = solve(case), render(case)
    try:
        deal = deal_of(texts)
    except InputError:
        return Tally(kinds=Counter(["case not well-formed"]))
    verdict = decide(deal)
    if verdict.decision != expected.decision:
        return Tally(differences=[f"{verdict.decision} instead of {expected.decision}"])
    tally = Tally(kinds=Counter([expected.decision]))
    if "charts" in parts:
        tally.add(charts_compared(case, deal, verdict))
    if verdict.answer is None:
        why = read_rejection(deal, ALL)
        if "conflicts" in parts and not _too_large(why, tally):
            tally.add(conflicts_compared(case, deal, why))
        if "edits" in parts:
            tally.add(edits_compared(case, expected, why, texts))
        return tally
    why = read_answer(deal, verdict.answer, ALL)
    if "blocking" in parts and not _too_large(why, tally):
        tally.add(blocking_compared(case, expected, why))
    if "relief" in parts:
        tally.add(costs_compared(case, expected, why))
    return tally


def _too_large(why: Why, tally: Tally) -> bool:
    """Whether the droppable rules need more than CP-SAT can be told, and it is said; counted."""
    whole = why.completeness
    said = any(words in whole.note for words in TOO_LARGE)
    too_large = said and not (whole.conflicts and whole.blocking_sets)
    tally.kinds["more than 64 bits, or too many steps"] += too_large
    return too_large


# --- rejected: conflicts and corrections ----------------------------------------------------


def conflicts_compared(case: Case, deal: Deal, why: Why) -> Tally:
    """All minimal conflicts and corrections of a rejected case."""
    universe = universe_of(case)
    bits = {point.met for point in universe.points}
    feasible = feasible_subsets(bits, len(universe.members))
    approvals = {rule.id for rule in rules_of(case) if rule.effect == "approval"}
    can = {m for m in universe.members if m.startswith("request:") or m in approvals}
    changeable = universe.bits(frozenset(can))
    conflicts, mended = minimal_conflicts(feasible), corrections(feasible, changeable)
    _check_duality(feasible, conflicts, mended, changeable)
    ours, members = why.conflicts, Droppable(deal).members
    if ours is None:
        return Tally(differences=[f"no conflicts: {why.completeness.note}"])
    found = list(_set_differences("conflicts", ours.sets, universe, conflicts))
    sets = [correction.members for correction in ours.corrections]
    found += _set_differences("corrections", sets, universe, mended, ordered=False)
    if members != universe.members:
        found.append(f"members: {members} instead of {universe.members}")
    if not (why.completeness.conflicts and why.completeness.corrections):
        found.append(f"cut: {why.completeness.note}")
    found += _cut_short(deal, ours.sets, len(mended))
    kinds = Counter({"conflicts": len(conflicts), "corrections": len(mended)})
    kinds.update(f"conflicts of {one.bit_count()}" for one in conflicts)
    return Tally(kinds=kinds, differences=found)


def _check_duality(
    feasible: bytearray, conflicts: set[int], mended: set[int], changeable: int
) -> None:
    """Conflicts and corrections meet each other minimally; else the expected side is wrong."""
    every = len(feasible) - 1
    full = corrections(feasible, every)
    within = minimal({conflict & changeable for conflict in conflicts})
    resolvable = all(within)
    checks = {
        "conflicts": conflicts == hitting_sets(full, every),
        "corrections": mended == (hitting_sets(within, changeable) if resolvable else set()),
        "changes": not resolvable or within == hitting_sets(mended, changeable),
    }
    if not all(checks.values()):
        raise AssertionError(f"the oracle contradicts itself: {checks}")


def _set_differences(
    what: str,
    found: Sequence[tuple[str, ...]],
    universe: Universe,
    expected: set[int],
    *,
    ordered: bool = True,
) -> Iterator[str]:
    """Sets that are missing, superfluous or out of order."""
    ours = {frozenset(members) for members in found}
    theirs = {universe.named(bits) for bits in expected}
    if ours != theirs:
        missing, extra = map(_listed, (theirs - ours, ours - theirs))
        yield f"{what}: missing {missing}, too many {extra}"
    place = universe.members.index
    keys = [(len(members), [place(m) for m in members] if ordered else []) for members in found]
    if keys != sorted(keys) or any(places != sorted(places) for _, places in keys):
        yield f"{what} are out of order: {found}"
    if len(ours) != len(found):
        yield f"{what} are repeated: {found}"


def _listed(sets: set[frozenset[str]]) -> list[list[str]]:
    return sorted(sorted(members) for members in sets)


def _cut_short(deal: Deal, all_sets: Sequence[tuple[str, ...]], mended: int) -> Iterator[str]:
    """With low limits: the smallest ones only, and a word about it."""
    cut_short = Droppable(deal, None, FEW).conflicts()
    smallest = sorted(map(len, all_sets))[: FEW.conflicts]
    if [len(members) for members in cut_short.sets] != smallest:
        yield f"the smallest conflicts: {cut_short.sets} of {all_sets}"
    if not set(cut_short.sets) <= set(all_sets):
        yield f"cut conflicts: {cut_short.sets} of {all_sets}"
    more = len(all_sets) > FEW.conflicts
    if bool(cut_short.minimal.cut) != more:
        yield f"the cut of conflicts: {cut_short.minimal.cut!r} with {len(all_sets)}"
    if bool(cut_short.corrections_cut) != (more or mended > FEW.corrections):
        yield f"the cut of corrections: {cut_short.corrections_cut!r} with {mended}"


# --- accepted: blocking sets, and what rules and commitments cost -----------------------------


def blocking_compared(case: Case, expected: Answer, why: Why) -> Tally:
    """All blocking sets, and which rules bind alone or jointly."""
    rulings = Rulings(case, expected)
    universe = universe_of(case, rulings.better)
    wanted = {point.met for point in universe.points}
    sets = minimal_conflicts(feasible_subsets(wanted, len(universe.members)))
    if case.request.asks_for_price and case.request.preference == "lower_usage_price":
        # Nothing is better than an asked price, whatever is dropped: that is no set.
        sets = set()
    found = list(_set_differences("blocking sets", why.blocking_sets, universe, sets))
    if not why.completeness.blocking_sets:
        found.append(f"cut: {why.completeness.note}")
    binding = rulings.binding()
    involved = frozenset[str]().union(*(universe.named(bits) for bits in sets))
    statuses = {
        rule.id: "binding" if rule.id in binding else "jointly_binding"
        for rule in rules_in_force(case)
        if rule.id in involved
    }
    if not binding.keys() <= involved:
        raise AssertionError("the oracle contradicts itself: a binding rule in no blocking set")
    if dict(why.statuses) != statuses:
        found.append(f"statuses: {dict(why.statuses)} instead of {statuses}")
    kinds = Counter({"blocking sets": len(sets)})
    kinds.update(statuses.values())
    return Tally(kinds=kinds, differences=found)


def costs_compared(case: Case, expected: Answer, why: Why) -> Tally:
    """Reliefs, next steps and trade-offs."""
    rulings = Rulings(case, expected)
    binding = rulings.binding()
    tally = Tally()
    reliefs = {name: had_of(outcome) for name, outcome in why.reliefs.items()}
    if reliefs != binding:
        tally.differences.append(f"reliefs: {reliefs} instead of {binding}")
    for rule in rules_in_force(case):
        if rule.id in binding:
            tally.add(_step_compared(case, rulings, rule.id, why.next_steps.get(rule.id)))
    if not why.next_steps.keys() <= binding.keys():
        tally.differences.append(f"next steps of rules that do not bind: {why.next_steps}")
    tally.kinds["reliefs"] += len(binding)
    if case.request.asks_for_price:  # trade-offs say decisions then, not prices
        return tally
    ours, theirs = [worth_of(one) for one in why.trade_offs], list(rulings.commitments())
    if ours != theirs:
        tally.differences.append(f"trade-offs: {ours} instead of {theirs}")
    tally.kinds["trade-offs"] += len(theirs)
    return tally


def _step_compared(case: Case, rulings: Rulings, name: str, step: NextStep | None) -> Tally:
    rule = next(rule for rule in rules_of(case) if rule.id == name)
    expected = rulings.next_step(rule)
    if step is None and expected is not None and ratio_inside_choice(rule.require, case):
        return Tally(kinds=Counter(["next step of a ratio inside a choice left out"]))
    ours = step and (step.limit, step.change, had_of(step.buys))
    theirs = expected and (expected.limit, expected.change, expected.buys)
    kinds = Counter(["next steps" if expected else "no next step"])
    if ours == theirs:
        return Tally(kinds=kinds)
    return Tally(kinds=kinds, differences=[f"next step of {name}: {ours} instead of {theirs}"])


def edits_compared(case: Case, expected: Answer, why: Why, texts: Mapping[str, str]) -> Tally:
    """Every edit of one limit that admits a rejected request, made in the policy and solved."""
    tally = Tally()
    if off_bounds(case):
        tally.differences += [f"edits despite bounds: {e}" for e in why.policy_edits]
        return tally
    rulings = Rulings(case, expected)
    edits = {edit.rule: edit for edit in why.policy_edits}
    for rule in rules_in_force(case):
        step, edit = rulings.next_step(rule), edits.pop(rule.id, None)
        if edit is None and step is not None and ratio_inside_choice(rule.require, case):
            tally.kinds["edit of a ratio inside a choice left out"] += 1
        elif edit is None and step is not None and _asks_for_nothing(rule, step):
            tally.kinds["edit to a confidence of nothing left out"] += 1
        elif edit is None and step is not None and _fails_others(case, rule.id, step):
            tally.kinds["edit of an improvement that others mention left out"] += 1
        elif edit is None or step is None:
            if edit or step:
                tally.differences.append(f"edit of {rule.id}: {edit} instead of {step}")
        else:
            tally.kinds["edits"] += 1
            tally.differences += _edit_differences(case, step, edit, texts)
    tally.differences += [f"edit of no rule in force: {edit}" for edit in edits.values()]
    return tally


def _asks_for_nothing(rule: Rule, step: Step) -> bool:
    """Whether the rule would ask for no draw to hold, which no policy can say."""
    return rule.id == CONFIDENCE_RULE and step.limit <= 0


def _fails_others(case: Case, rule: str, step: Step) -> bool:
    """Whether the edit of the improvement admits nothing, since another rule mentions it, too."""
    if rule != LTV_RULE:
        return False
    amount = case.policy.improvement_amount - step.change
    changed = replace(case, policy=replace(case.policy, improvement_amount=amount))
    return solve(changed).decision == "rejected"


def _edit_differences(
    case: Case, step: Step, edit: PolicyEdit, texts: Mapping[str, str]
) -> Iterator[str]:
    if not step.change <= edit.change <= step.change * NEARLY:
        yield f"edit of {edit.rule} by {edit.change} where {step.change} is the least: {edit}"
    changed = {**texts, "policy.yaml": edited(texts["policy.yaml"], edit.rule, edit.new)}
    try:
        verdict = decide(deal_of(changed))
    except InputError as error:
        yield f"edit of {edit.rule} cannot be read: {error} {edit}"
        return
    had = verdict.answer and (verdict.answer.price, verdict.answer.ltv)
    if had and case.configuration.card:  # what is solved there is what a discount leaves
        had = 1 - had[0], had[1]
    if had != had_of(edit.buys):
        yield f"edit of {edit.rule} buys {had}: {edit}"


def had_of(outcome: Outcome | None) -> Had | None:
    """Price (of a rate card the discount) and LTV of an outcome."""
    if outcome is None:
        return None
    shown = outcome.model_dump()
    price = shown[DISCOUNT] if shown.get(PRICE) is None else shown[PRICE]
    return Fraction(price), Fraction(shown["ltv"])


def worth_of(trade_off: TradeOff) -> Worth:
    """A trade-off in exact numbers."""
    following = trade_off.next_value
    return Worth(
        trade_off.field,
        had_of(trade_off.without),
        None if following is None else value_of(following),
        had_of(trade_off.one_step_more),
        trade_off.ltv_worth,
    )


def value_of(shown: str | bool) -> Value:  # noqa: FBT001 - a value, not a switch
    """A field's value from what a result shows."""
    if isinstance(shown, bool):
        return shown
    return UNLIMITED if shown == "unlimited" else Fraction(shown)
