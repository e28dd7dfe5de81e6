"""What two policies say differently, as their authors wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.text.numerals import decimal_string
from cp_pricing.proofs.comparison_results import Change

if TYPE_CHECKING:
    from cp_pricing.book.policy import Policy, Rule

_Kind: TypeAlias = Literal["rule", "parameter", "fact", "definition", "ltv", "approvers"]
_RATES = ("annual_discount_rate", "min_improvement_rate")


def changes(old: Policy, new: Policy) -> Iterator[Change]:
    """What is gone, what says something else and what is new, in the order of the files."""
    says = _said(new)
    for kind, before in _said(old).items():
        after = says[kind]
        for name, text in before.items():
            if name not in after:
                yield Change(kind=kind, name=name, change="removed", old=text)
            elif after[name] != text:
                yield Change(kind=kind, name=name, change="changed", old=text, new=after[name])
        for name, text in after.items():
            if name not in before:
                yield Change(kind=kind, name=name, change="added", new=text)


def _said(policy: Policy) -> dict[_Kind, dict[str, str]]:
    """What a policy says, by kind and name."""
    return {
        "approvers": {"approvers": ", ".join(policy.approvers)},
        "parameter": {name: item.text for name, item in policy.parameters.items()},
        "fact": {name: str(fact) for name, fact in policy.facts.items()},
        "definition": {name: item.text for name, item in policy.define.items()},
        "ltv": _ltv(policy),
        "rule": {rule.id: _rule(rule) for rule in policy.rules},
    }


def _ltv(policy: Policy) -> dict[str, str]:
    ltv = policy.ltv
    rates = {name: f"{decimal_string(getattr(ltv, name) * 100)}%" for name in _RATES}
    return {
        "horizon_months": str(ltv.horizon_months),
        **rates,
        "min_improvement_amount": ltv.min_improvement_amount_text,
        "effect": ltv.effect + _signed(ltv.approvers),
    }


def _rule(rule: Rule) -> str:
    """What a rule asks for, when, and who may waive it."""
    when = f" when {rule.when_text}" if rule.when_text else ""
    effect = rule.effect + _signed(rule.approvers)
    scope = f" for {rule.applies_to}" if rule.applies_to else ""
    return f"{rule.require_text}{when}{scope}; {effect}"


def _signed(approvers: Sequence[str]) -> str:
    return f" ({', '.join(approvers)})" if approvers else ""
