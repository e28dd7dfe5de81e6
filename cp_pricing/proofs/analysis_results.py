"""What an analysis finds, each finding with its proof, as frozen models."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from cp_pricing.exact import Exact
from cp_pricing.results import SCHEMA_VERSION, Effect, SourcePlace, Witness
from cp_pricing.terms import ResultModel

FindingKind: TypeAlias = Literal[
    "no_deals",
    "contradiction",
    "never_met",
    "never_applies",
    "always_met",
    "shadowed",
    "implied",
    "adds_signature",
    "field_without_effect",
]
RuleVerdict: TypeAlias = Literal["decides", "signs", "dead", "undecided", "no_other_deals"]
SpaceStatus: TypeAlias = Literal["open", "empty", "unknown"]
LimitStatus: TypeAlias = Literal["exact", "bounded", "unknown"]


class Proof(ResultModel):
    """Why a finding holds: a minimal set of conditions, proved twice that no deal meets them all.

    `denied` is what no deal does besides keeping all `members`. For each member there is a deal
    that does everything else: none can be left out.
    """

    members: tuple[str, ...]
    denied: str = ""
    without: dict[str, Witness] = Field(default_factory=dict)


class Finding(ResultModel):
    """Something that is true of every deal; `level` is the highest approval level it holds for."""

    kind: FindingKind
    rules: tuple[str, ...] = ()
    field: str | None = None
    level: int | None = None
    approver: str | None = None
    text: str
    proof: Proof


class LevelReport(ResultModel):
    """Whether any deal passes at an approval level, and one that does."""

    level: int
    approver: str | None
    status: SpaceStatus
    witness: Witness | None = None
    note: str = ""


class RuleVerdictReport(ResultModel):
    """What a rule does over all deals that keep the other rules in force up to `level`.

    `decides`: `witness` is a deal that the rule alone refuses. `signs`: it refuses nothing alone,
    but `witness` needs a signature because of it. `no_other_deals`: the other rules
    admit no deal, so that there is nothing for this one to refuse.
    """

    rule: str
    effect: Effect
    approvers: tuple[str, ...]
    level: int
    verdict: RuleVerdict
    witness: Witness | None = None
    note: str = ""
    source: SourcePlace | None


class End(ResultModel):
    """One end of a range: `value` is reached by `witness`, and no deal goes beyond `bound`.

    For `exact` ends both are the same; for `bounded` ones the truth lies between them.
    """

    status: LimitStatus
    value: Exact | None = None
    bound: Exact | None = None
    witness: Witness | None = None
    note: str = ""


class Range(ResultModel):
    """What a quantity can still be at an approval level, all else free; in `unit`."""

    name: str
    unit: str
    level: int
    approver: str | None
    least: End
    greatest: End


class Choices(ResultModel):
    """Which of yes and no are still possible at an approval level, each with a deal."""

    name: str
    level: int
    approver: str | None
    possible: dict[str, Witness]
    impossible: tuple[str, ...]
    unknown: tuple[str, ...]


class FieldVerdict(ResultModel):
    """Whether a field can change what is admitted, or its LTV; `pair` shows it."""

    field: str
    matters: bool | None
    pair: tuple[Witness, Witness] | None = None
    note: str = ""


class SpaceAnalysis(ResultModel):
    """Everything found about one configuration and profile; `undecided` is what was not."""

    configuration: str
    profile: str
    levels: tuple[LevelReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    rules: tuple[RuleVerdictReport, ...] = ()
    ranges: tuple[Range, ...] = ()
    choices: tuple[Choices, ...] = ()
    fields: tuple[FieldVerdict, ...] = ()
    undecided: tuple[str, ...] = ()
    seconds: float


class PolicyAnalysis(ResultModel):
    """All configurations and profiles; `dead_everywhere` are rules without effect in any."""

    schema_version: Literal[1] = SCHEMA_VERSION
    policy: str
    price_book_digest: str
    spaces: tuple[SpaceAnalysis, ...]
    dead_everywhere: tuple[str, ...]
