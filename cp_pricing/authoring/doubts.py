"""What is valid in a policy but most likely not meant: the silent killers of good policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.budget import Shares
from constraints.language.expressions import NOWHERE, Expression, names
from constraints.text import nodes
from constraints.text.nodes import Node
from constraints.text.source import Issue, Span, did_you_mean
from cp_pricing.authoring.bare_numbers import BareNumbers
from cp_pricing.authoring.reach import Never, Reach, reach_of
from cp_pricing.authoring.traps import traps_in
from cp_pricing.files.scalars import plain_text, quoted
from cp_pricing.files.texts import POLICY, PROFILES
from cp_pricing.model.pricing import Pricing

if TYPE_CHECKING:
    from cp_pricing.book.loading import Examined
    from cp_pricing.book.policy import Policy, Rule
    from cp_pricing.book.vocabulary import CheckedRule

Coded: TypeAlias = tuple[str, Issue]

_ALIKE = 0.9  # how like the ids of two rules must be to be taken for one another

_NEVER: Mapping[Never, tuple[str, str, str]] = {
    "applies": (
        "never-applies",
        "the rule {rule} never applies: no deal within the tunable bounds meets its `when`",
        "correct the condition, or remove the rule",
    ),
    "broken": (
        "never-broken",
        "no deal within the tunable bounds can break the rule {rule}, so it changes nothing",
        "is its limit the one you mean? if so, it can be removed",
    ),
    "met": (
        "never-met",
        "no deal within the tunable bounds can meet the rule {rule}, so it refuses them all",
        "is its limit the one you mean?",
    ),
}


@dataclass(frozen=True)
class Doubt:
    """A warning and the kind of it, a short word that stays the same."""

    code: str
    issue: Issue


@dataclass(frozen=True)
class Doubts:
    """All doubts about a policy, by place, and the rules that could not be decided about."""

    doubts: tuple[Doubt, ...]
    undecided: tuple[str, ...] = ()


def doubts_about(examined: Examined, *, seconds: float | None = 30.0) -> Doubts:
    """The doubts about a policy, with so many seconds for all proofs; `None` leaves them out."""
    pricing = Pricing(examined.book)
    policy, root = examined.book.policy, examined.roots[POLICY]
    shares = None if seconds is None else Shares(seconds, 2)
    traps = list(traps_in(examined, pricing, shares.next() if shares else None))
    reach = reach_of(pricing, seconds=shares.next() if shares else None)
    issues = [
        *((_code_of(issue), issue) for issue in examined.book.warnings),
        *_unused_names(policy, root),
        *_unused_approvers(policy, root),
        *_twins(policy),
        *_strangers(policy),
        *BareNumbers(policy, pricing.policy.vocabulary).issues(),
        *_never(pricing.rules, reach, policy),
        *traps,
    ]
    told = {Doubt(code, issue.renamed(examined.shown)) for code, issue in issues}
    undecided = tuple(name for name, item in reach.items() if item.undecided)
    return Doubts(tuple(sorted(told, key=_place)), undecided)


def _place(doubt: Doubt) -> tuple[str, int, int, str]:
    issue = doubt.issue
    return (issue.file, issue.line, issue.column, issue.message)


def _warning(code: str, span: Span, message: str, hint: str) -> tuple[str, Issue]:
    return code, Issue(span, message, hint, "warning")


def _code_of(issue: Issue) -> str:
    """The kind of a warning that is given wherever the price book is read."""
    return "small-cohort" if issue.file == PROFILES else "repeated-approver"


def _unused_names(policy: Policy, root: Node) -> Iterator[Coded]:
    """Parameters and definitions that no rule uses, not even through another definition."""
    waiting: list[Expression] = []
    for rule in policy.rules:
        waiting += (part for part in (rule.require, rule.when) if part is not None)
    used = set[str]()
    while waiting:
        new = names(waiting.pop()) - used
        used |= new
        waiting += (policy.define[name].expression for name in new if name in policy.define)
    for section, kind in (("parameters", "parameter"), ("facts", "fact"), ("define", "definition")):
        for name in getattr(policy, section):
            if name not in used:
                span = _key(_entry(root, section), name)
                message = f"no rule uses the {kind} {quoted(name)}"
                yield _warning(f"unused-{kind}", span, message, "use it, or remove it")


def _unused_approvers(policy: Policy, root: Node) -> Iterator[Coded]:
    """Approvers whom no rule names, so that their level can do no more than the one below."""
    asked = policy.signers(policy.approvers_of)
    listed = _entry(root, "approvers")
    for item in listed.items if isinstance(listed, nodes.Sequence) else ():
        name = plain_text(item)
        if name and name not in asked:
            hint = f"give a rule `approver: {name}`, or remove it here"
            yield _warning("unused-approver", item.span, f"{quoted(name)} approves no rule", hint)


def _twins(policy: Policy) -> Iterator[Coded]:
    """Rules that say just what an earlier one says."""
    first: dict[object, Rule] = {}
    for rule in policy.rules:
        signers = frozenset(rule.approvers)  # their order means nothing
        said = (rule.require, rule.when, rule.applies_to, rule.effect, signers)
        twin = first.setdefault(said, rule)
        if twin is not rule:
            message = f"the rule {quoted(rule.id)} says what {quoted(twin.id)} says already"
            yield _warning("same-rule", rule.source, message, "remove one of them")


def _strangers(policy: Policy) -> Iterator[Coded]:
    """New rules over a base policy whose ids are those of its rules but for a slip."""
    bases = [rule.id for rule in policy.rules if rule.source.file != POLICY]
    for rule in policy.rules:
        if policy.extends is None or rule.source.file != POLICY or rule.overrides is not None:
            continue
        near = did_you_mean(rule.id, bases, least=_ALIKE)
        if near:
            message = f"the rule {quoted(rule.id)} is new beside those of {quoted(policy.extends)}"
            yield _warning("new-rule", rule.source, message, near)


def _never(
    rules: tuple[CheckedRule, ...], reach: Mapping[str, Reach], policy: Policy
) -> Iterator[Coded]:
    """Rules that nothing can meet, break or fall under, each proven."""
    written = {rule.id: rule for rule in policy.rules}
    for rule in rules:
        never = reach[rule.id].never
        if never is not None and rule.source is not None:
            code, message, hint = _NEVER[never]
            span = _condition(written.get(rule.id), never) or rule.source
            yield _warning(code, span, message.format(rule=quoted(rule.id)), hint)


def _condition(rule: Rule | None, never: Never) -> Span | None:
    """The place of the condition that is at fault, where it has one."""
    if rule is None:
        return None
    condition = rule.when if never == "applies" else rule.require
    return None if condition is None or condition.span == NOWHERE else condition.span


def _entry(root: Node, key: str) -> Node | None:
    return root.entries.get(key) if isinstance(root, nodes.Mapping) else None


def _key(section: Node | None, name: str) -> Span:
    """The place of a name where it is given."""
    if isinstance(section, nodes.Mapping) and name in section.keys:
        return section.keys[name].span
    return NOWHERE
