"""The policy: who approves what, the rules a deal must keep, and the LTV it must reach."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from constraints.language.expressions import NOWHERE, ZERO, names
from constraints.text.source import Span, did_you_mean, nearest_to
from cp_pricing.book.facts import Fact
from cp_pricing.book.formulas import (
    CONSTANT,
    EXPRESSION,
    Constant,
    Definition,
    Formula,
    Parameter,
    acyclic,
    text_of,
)
from cp_pricing.fields import (
    CONFIDENCE,
    CONFIDENCE_RULE,
    DERIVED,
    DISCOUNT,
    FIELDS,
    LTV_RULE,
    SET_UNDER,
)
from cp_pricing.files.located import LAYER, overridden_by, span_of
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Ids,
    Location,
    Model,
    SomeIds,
    listed,
    not_empty,
    texts_of,
)
from cp_pricing.files.scalars import plain_text, quoted
from cp_pricing.files.shapes import Also, Or
from cp_pricing.files.values import Horizon, Identifier, Line, PositiveShare, Share, Text, choice

Effect: TypeAlias = Annotated[
    Literal["reject", "approval", "warn"],
    choice("reject", "approval", "warn"),
    Also(
        description="What follows where the condition fails: `reject` (nobody can waive it; the "
        "default), `approval` (its approver can), `warn` (it only shows)."
    ),
]


def _several(value: object) -> object:
    """What a file may write alone stands in a list of its own."""
    return value if isinstance(value, list | tuple) else [value]


Approvers: TypeAlias = Annotated[
    tuple[Annotated[Line, Also(description="A name.")], ...],
    AfterValidator(not_empty),
    BeforeValidator(_several),
    Also(minItems=1),
    Or({"type": "string", "description": "One of the approvers."}),
    Also(
        description="One of the approvers, or a list of them who all have to sign; for the effect "
        "`approval`, and only for it."
    ),
]

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_NAMES = Also(propertyNames={"pattern": f"^{_NAME}$"})
_BUILT_IN = frozenset({*FIELDS, *DERIVED, DISCOUNT, "baseline", "profile", "request"})
_KEYWORDS = frozenset(
    "and or not implies if then else in between min max abs true false".split()  # noqa: SIM905
)


def _effect_faults(entries: Entries) -> Iterator[Fault]:
    """An approval that nobody gives, or an approver who has nothing to approve."""
    effect, approver = plain_text(entries.get("effect", "reject")), entries.get("approver")
    if effect == "approval" and approver is None:
        hint = "add `approver: ...`, with one of the `approvers`"
        yield Fault(("effect",), "an approval needs an `approver`", hint)
    if effect in {"reject", "warn"} and approver is not None:
        hint = "add `effect: approval`, or remove the approver"
        yield Fault(("approver",), f"nobody approves what has the effect `{effect}`", hint, "key")


class AppliesTo(Model):
    """The deals that a rule is for: by the plan they start from, by profile, or both."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    configurations: SomeIds | None = Field(
        None, description="Ids of the plans that a deal may start from."
    )
    profiles: SomeIds | None = Field(
        None, description="Ids of the profiles that a customer may have."
    )
    unique: ClassVar[Mapping[str, str | None]] = {"configurations": None, "profiles": None}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """No ids at all."""
        del context
        if not any(key in entries for key in ("configurations", "profiles")):
            hint = "write `applies_to: {profiles: [...]}`, or `configurations`, or both"
            yield Fault((), "`applies_to` names neither `configurations` nor `profiles`", hint)

    def __str__(self) -> str:
        """In words: ``plans `team` and profiles `solo` only``."""
        kinds = (("plans", self.configurations), ("profiles", self.profiles))
        return " and ".join(f"{kind} {listed(ids)}" for kind, ids in kinds if ids) + " only"

    def covers(self, configuration: str, profile: str) -> bool:
        """Whether deals of a profile that start from a plan (both ids) are among them."""
        return (self.configurations is None or configuration in self.configurations) and (
            self.profiles is None or profile in self.profiles
        )


class Rule(Model):
    """A condition that a deal must meet where `when` holds, and what follows if it does not.

    `overrides` is the place of the rule in a base policy that this one changes.
    """

    id: Identifier = Field(description="By which reports name it.")
    applies_to: AppliesTo | None = Field(
        None, description="The deals that the rule is for; without it, all."
    )
    when: Formula | None = Field(
        None, description="A condition; where it is false, the rule does not apply."
    )
    require: Formula = Field(description="The condition that a deal must meet.")
    effect: Effect = "reject"
    approvers: Approvers = Field((), alias="approver")
    description: Text = Field(
        "", description="What the rule is for, in one sentence; explanations quote it."
    )
    owner: Line = Field("", description="Who answers for it.")
    require_text: str = ""
    when_text: str | None = None
    source: Span = NOWHERE
    overrides: Span | None = None
    derived: ClassVar[frozenset[str]] = frozenset(
        {"require_text", "when_text", "source", "overrides"}
    )

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The texts of the conditions, and the rule's place."""
        return {
            "require_text": text_of(entries.get("require")),
            "when_text": text_of(entries["when"]) if entries.get("when") is not None else None,
            "source": span_of(entries),
            "overrides": overridden_by(entries),
        }

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Effect and approver that do not fit, and the id of the built-in rule."""
        if context != LAYER:
            yield from _effect_faults(entries)
        name = plain_text(entries.get("id")) or ""
        if name in SET_UNDER:
            hint = f"it is set under `{SET_UNDER[name]}`"
            yield Fault(("id",), f"`{name}` is a built-in rule", hint)


class ConfidencePolicy(Model):
    """In what share of a profile's draws a deal must be worth what is required."""

    at_least: PositiveShare = Field(
        description="The share of the profile's draws in which a deal must be worth what is "
        "required: above 0%, up to 100%."
    )
    effect: Effect = "reject"
    approvers: Approvers = Field((), alias="approver")
    at_least_text: str = ""
    source: Span = NOWHERE
    derived: ClassVar[frozenset[str]] = frozenset({"at_least_text", "source"})

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The text of the share, and its place."""
        return {"at_least_text": text_of(entries.get("at_least")), "source": span_of(entries)}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Effect and approver that do not fit."""
        return () if context == LAYER else _effect_faults(entries)


class LtvPolicy(Model):
    """How lifetime value is measured, and how far above the best reference it must be.

    `horizon_months` in months, rates as ratios, `min_improvement_amount` in currency.
    """

    horizon_months: Horizon = Field(
        description="Over how many months a customer's worth is counted, 1 to 1,200."
    )
    annual_discount_rate: Share = Field(description="A share a year.")
    min_improvement_rate: Share = Field(
        Fraction(0),
        description="How far above the best reference plan a deal must be worth, a share.",
    )
    min_improvement_amount: Constant = Field(
        ZERO, description="How much on top of that, like `10 USD`."
    )
    confidence: ConfidencePolicy | None = Field(
        None,
        description="In what share of a profile's draws a deal must be worth what is required; "
        "without it, in those of the profile itself alone.",
    )
    effect: Effect = "reject"
    approvers: Approvers = Field((), alias="approver")
    min_improvement_amount_text: str = "0"
    source: Span = NOWHERE
    derived: ClassVar[frozenset[str]] = frozenset({"min_improvement_amount_text", "source"})

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The text of the amount, and the place of the policy."""
        amount = text_of(entries.get("min_improvement_amount", 0))
        return {"min_improvement_amount_text": amount, "source": span_of(entries)}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Effect and approver that do not fit."""
        return () if context == LAYER else _effect_faults(entries)


class Policy(Model):
    """Approvers from the lowest level to the highest, names, the LTV policy and the rules.

    `extends` is the path of the policy whose parts are among these, but for what `disable` lists.
    """

    name: Line = Field(alias="policy", description="The policy's name.")
    extends: Line | None = Field(
        None,
        description="The policy that this one changes: a path from the folder of this file.",
    )
    disable: Annotated[Ids, Also(uniqueItems=True)] = Field(
        (), description="Ids of rules of that policy that are left out."
    )
    approvers: Annotated[
        tuple[Annotated[Line, Also(description="A name.")], ...], Also(uniqueItems=True)
    ] = Field((), description="Who may waive rules, from the lowest level up.")
    parameters: Annotated[
        Mapping[str, Annotated[Parameter, Or(CONSTANT)]], AfterValidator(FrozenMapping), _NAMES
    ] = Field(FrozenMapping(), description="Names for constants.")
    facts: Annotated[Mapping[str, Fact], AfterValidator(FrozenMapping), _NAMES] = Field(
        FrozenMapping(),
        description="What rules may know of a deal besides its terms: one of some texts, a number, "
        "or yes or no.",
    )
    define: Annotated[
        Mapping[str, Annotated[Definition, Or(EXPRESSION)]], AfterValidator(acyclic), _NAMES
    ] = Field(
        FrozenMapping(),
        description="Names for expressions, which may use one another but not in a circle.",
    )
    ltv: LtvPolicy = Field(
        description="How lifetime value is measured, and what a deal must reach."
    )
    rules: tuple[Rule, ...] = Field(
        (), description="The rules, in the order in which they are reported."
    )
    unique: ClassVar[Mapping[str, str | None]] = {"rules": "id", "approvers": None, "disable": None}

    @property
    def mentions_confidence(self) -> bool:
        """Whether it is asked, or some rule or definition says, how sure a deal is."""
        written = [definition.expression for definition in self.define.values()]
        for rule in self.rules:
            written += [rule.require, *([] if rule.when is None else [rule.when])]
        return self.ltv.confidence is not None or any(CONFIDENCE in names(one) for one in written)

    @property
    def approvers_of(self) -> Mapping[str, tuple[str, ...]]:
        """Who may waive each rule, the built-in ones too."""
        of = {rule.id: rule.approvers for rule in self.rules} | {LTV_RULE: self.ltv.approvers}
        if self.ltv.confidence is not None:
            of[CONFIDENCE_RULE] = self.ltv.confidence.approvers
        return of

    def signers(self, waived: Collection[str]) -> tuple[str, ...]:
        """Who has to sign where these rules are waived, from the lowest level up."""
        signing = {who for name in waived for who in self.approvers_of[name]}
        return tuple(who for who in self.approvers if who in signing)

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Names that are taken, and approvers who are not listed."""
        yield from _name_faults(entries)
        if context != LAYER:
            yield from _approver_faults(entries)


def _name_faults(entries: Entries) -> Iterator[Fault]:
    given: dict[str, str] = {}
    for section, kind in (("parameters", "parameter"), ("facts", "fact"), ("define", "definition")):
        named = entries.get(section)
        for name in named if isinstance(named, Mapping) else ():
            if reason := _taken(name):
                yield Fault((section, name), reason, "choose another name", "key")
            elif name in given:
                message = f"`{name}` is a {given[name]} already"
                yield Fault((section, name), message, "choose another name", "key")
            given.setdefault(name, kind)


def _taken(name: str) -> str:
    """Why a name cannot be given; empty if it can."""
    if name in _KEYWORDS:
        return f"`{name}` is a word of the language"
    if name in _BUILT_IN:
        return f"`{name}` is a built-in name"
    if not re.fullmatch(_NAME, name):
        return f"`{name}` is not a name: letters, digits and `_` only, no digit first"
    return ""


def _approver_faults(entries: Entries) -> Iterator[Fault]:
    """Approvers of rules, and of the LTV policy, who are not among those of the policy."""
    if not isinstance(entries.get("approvers", ()), list | tuple):
        return
    # As given, valid or not: one wrong approver must not make all the others unknown.
    approvers = [text for text, _ in texts_of(entries.get("approvers"), part=None) if text]
    for location, approver in _asked(entries):
        if approver not in approvers:
            some = (
                f"the approvers are {listed(approvers)}" if approvers else "add them to `approvers`"
            )
            message = f"`{approver}` is not one of the approvers"
            hint = _as_list(approver, approvers) or did_you_mean(approver, approvers) or some
            yield Fault(location, message, hint)


def _as_list(text: str, approvers: Sequence[str]) -> str:
    """A hint for approvers that stand in one text, of which one alone would lose a signature."""
    parts = re.split(r"\s*(?:[,;&+]|\band\b)\s*", text)
    meant = dict.fromkeys(nearest_to(part, approvers) for part in parts)
    if len(meant) > 1 and all(meant):
        return f"where all of them sign, write `[{', '.join(meant)}]`"
    return ""


def signature_doubts(policy: Entries) -> Iterator[Fault]:
    """Warnings about approvers whom one rule names more than once, which asks no more of them."""
    named = set[tuple[Location, str]]()
    for location, approver in _asked(policy):
        if (location[:-1], approver) in named:
            message = f"{quoted(approver)} signs once, however often a rule names them"
            yield Fault(location, message, "name who else has to sign, or leave it out here")
        named.add((location[:-1], approver))


def _asked(entries: Entries) -> Iterator[tuple[Location, str]]:
    """Every approver that a rule or the LTV policy asks, and the place of its name."""
    rules = entries.get("rules")
    items = list(enumerate(rules)) if isinstance(rules, list | tuple) else []
    places: list[tuple[Location, object]] = [(("rules", place), item) for place, item in items]
    ltv = entries.get("ltv")
    places.append((("ltv",), ltv))
    confidence = ltv.get("confidence") if isinstance(ltv, Mapping) else None
    places.append((("ltv", "confidence"), confidence))
    for location, item in places:
        asked = (
            item.get("approver") if isinstance(item, Mapping) else getattr(item, "approvers", ())
        )
        if isinstance(asked, list | tuple):
            each = enumerate(texts_of(asked, part=None))
            yield from (((*location, "approver", n), name) for n, (name, _) in each if name)
        elif name := plain_text(asked):
            yield (*location, "approver"), name
