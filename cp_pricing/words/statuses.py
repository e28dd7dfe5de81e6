"""Decisions, statuses, preferences and modes as words, and how they are to be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cp_pricing.results import Decision, LevelStatus, RuleStatus
from cp_pricing.words.numbers import listed
from cp_pricing.words.sheet import Tone

SELF_SERVE: Final = "self-serve"
DECISIONS: Final[Mapping[Decision, tuple[str, Tone]]] = {
    "accepted": ("accepted", "good"),
    "requires_approval": ("requires approval", "warn"),
    "rejected": ("rejected", "bad"),
    "unknown": ("unknown", "unknown"),
}
# In the order in which rules are shown: what decides comes first.
RULE_STATUSES: Final[Mapping[RuleStatus, tuple[str, Tone]]] = {
    "violated": ("violated", "bad"),
    "binding": ("binding", "warn"),
    "jointly_binding": ("jointly binding", "warn"),
    "undecided": ("undecided", "unknown"),
    "satisfied": ("satisfied", "good"),
    "not_applicable": ("not applicable", "quiet"),
}
# Of a rule that is kept, where it was not looked for whether it stops anything.
HOLDS: Final = "holds"
MODES: Final = {"self_serve_only": "self-serve only", "allow_approval": "approval allowed"}


def without_answer(status: LevelStatus, missing: str = "no answer") -> str:
    """What is said in place of a price that was not found; `missing` where none can be."""
    return missing if status == "infeasible" else "not decided"


def waiver(effect: str, approvers: Sequence[str], rule: str = "it") -> str:
    """Who may waive a rule: `deal-desk may waive it`, `cfo and ceo together may waive it`."""
    if effect == "warn":
        return "warns only"
    together = " together" if len(approvers) > 1 else ""
    return f"{'nobody' if effect == 'reject' else listed(approvers) + together} may waive {rule}"
