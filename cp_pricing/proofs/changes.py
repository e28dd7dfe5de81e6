"""What two policies say differently, as their authors wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.text.numerals import decimal_string
from cp_pricing.proofs.comparison_results import Change

if TYPE_CHECKING:
    from cp_pricing.book.policy import Policy

_Kind: TypeAlias = Literal["rule", "parameter", "definition", "ltv", "approvers"]
_RATES = ("annual_discount_rate", "min_improvement_rate")


def changes(old: Policy, new: Policy) -> Iterator[Change]:
    """What is gone, what says something else and what is new, in the order of the files."""
    parts: tuple[tuple[_Kind, Mapping[str, str], Mapping[str, str]], ...] = (
        ("approvers", _approvers(old), _approvers(new)),
        ("parameter", _parameters(old), _parameters(new)),
        ("definition", _definitions(old), _definitions(new)),
        ("ltv", _ltv(old), _ltv(new)),
        ("rule", _rules(old), _rules(new)),
    )
    for kind, before, after in parts:
        for name, text in before.items():
            if name not in after:
                yield Change(kind=kind, name=name, change="removed", old=text)
            elif after[name] != text:
                yield Change(kind=kind, name=name, change="changed", old=text, new=after[name])
        for name, text in after.items():
            if name not in before:
                yield Change(kind=kind, name=name, change="added", new=text)


def _approvers(policy: Policy) -> dict[str, str]:
    return {"approvers": ", ".join(policy.approvers)}


def _parameters(policy: Policy) -> dict[str, str]:
    return {name: parameter.text for name, parameter in policy.parameters.items()}


def _definitions(policy: Policy) -> dict[str, str]:
    return {name: _line(definition.text) for name, definition in policy.define.items()}


def _ltv(policy: Policy) -> dict[str, str]:
    ltv = policy.ltv
    rates = {name: f"{decimal_string(getattr(ltv, name) * 100)}%" for name in _RATES}
    return {
        "horizon_months": str(ltv.horizon_months),
        **rates,
        "min_improvement_amount": ltv.min_improvement_amount_text,
        "effect": ltv.effect + (f" ({ltv.approver})" if ltv.approver else ""),
    }


def _rules(policy: Policy) -> dict[str, str]:
    """What each rule asks for, when, and who may waive it."""
    texts = {}
    for rule in policy.rules:
        when = f" when {_line(rule.when_text)}" if rule.when_text else ""
        effect = rule.effect + (f" ({rule.approver})" if rule.approver else "")
        scope = f" for {rule.applies_to}" if rule.applies_to else ""
        texts[rule.id] = f"{_line(rule.require_text)}{when}{scope}; {effect}"
    return texts


def _line(text: str) -> str:
    return " ".join(text.split())
