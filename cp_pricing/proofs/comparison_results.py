"""What a comparison of two policies finds, as frozen models."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cp_pricing.exact import Exact
from cp_pricing.results import SCHEMA_VERSION, Decision, Witness
from cp_pricing.terms import Priced, ResultModel

Relation: TypeAlias = Literal["equivalent", "stricter", "looser", "incomparable", "unknown"]


class Difference(ResultModel):
    """A deal that one policy admits and the other refuses, read exactly under both.

    `refused_by` are the rules and bounds (`tunable:FIELD`) of the other one that refuse it.
    """

    old: Witness
    new: Witness
    refused_by: tuple[str, ...]


class LevelComparison(ResultModel):
    """How the deals that pass at a level compare: self-serve, or all approvals up to one.

    The new policy is `stricter` if it admits only deals that the old one admits, and not all.
    `no_longer` and `newly` are deals that show it; where one is missing, there is none.
    """

    approver: str | None
    relation: Relation
    no_longer: Difference | None = None
    newly: Difference | None = None
    note: str = ""


class PairComparison(ResultModel):
    """One configuration and profile under both policies."""

    configuration: str
    profile: str
    levels: tuple[LevelComparison, ...]
    seconds: float


class Change(ResultModel):
    """Something in the policy's text that is new, gone, or says something else."""

    kind: Literal["rule", "parameter", "definition", "ltv", "approvers"]
    name: str
    change: Literal["added", "removed", "changed"]
    old: str = ""
    new: str = ""


class Standing(Priced):
    """What a request gets under one policy."""

    decision: Decision
    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    ltv: Exact | None
    approvers: tuple[str, ...]


class Impact(ResultModel):
    """A request under both policies; moves are new less old, where both have an answer.

    `because` are the rules (and bounds) of the new policy that refuse the old answer, and
    `thanks_to` those of the old one that refused the new answer.
    """

    request: str
    old: Standing
    new: Standing
    price_moved: Exact | None
    ltv_moved: Exact | None
    because: tuple[str, ...]
    thanks_to: tuple[str, ...]

    @property
    def flips(self) -> bool:
        """Whether the decision is another one."""
        return self.old.decision != self.new.decision

    @property
    def unchanged(self) -> bool:
        """Whether nothing that a customer or seller sees has moved."""
        return self.old == self.new


class Totals(ResultModel):
    """All requests together: how many, and sums of LTV (currency) over those with answers."""

    requests: int
    flips: dict[str, int]
    unchanged: int
    dearer: int
    cheaper: int
    ltv_old: Exact
    ltv_new: Exact
    by_rule: dict[str, int]


class PolicyComparison(ResultModel):
    """Two policies over all deals of the configurations and profiles that both have."""

    schema_version: Literal[1] = SCHEMA_VERSION
    old: str
    new: str
    old_digest: str
    new_digest: str
    changes: tuple[Change, ...]
    pairs: tuple[PairComparison, ...]
    only_old: tuple[tuple[str, str], ...]
    only_new: tuple[tuple[str, str], ...]
    impacts: tuple[Impact, ...] = ()
    totals: Totals | None = None
