"""The price book: catalog, profiles and policy together, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import SkipValidation

from constraints.text.source import Issue
from cp_pricing.book.formulas import Parameter
from cp_pricing.book.on_sale import OnSale
from cp_pricing.book.policy import ConfidencePolicy, Policy
from cp_pricing.book.vocabulary import check_policy
from cp_pricing.catalog.plans import Catalog, Configuration, PlanDenomination
from cp_pricing.fields import CONFIDENCE_RULE
from cp_pricing.files.models import FrozenMapping, Model
from cp_pricing.profiles.profile import Profile


class PriceBook(Model):
    """What a seller offers, to whom, and under which policy; `digest` identifies the files."""

    catalog: Catalog
    profiles: tuple[Profile, ...]
    policy: Policy
    draws: Annotated[Mapping[str, Sequence[Profile]], SkipValidation] = FrozenMapping()
    """The ways in which a profile (an id) could truly be, where it has draws."""
    digest: str = ""
    texts: Annotated[Mapping[str, str], SkipValidation] = FrozenMapping()
    """The texts that the digest is of, by file name: from these it can be read again."""
    warnings: Annotated[tuple[Issue, ...], SkipValidation] = ()
    folder: Path | None = None
    files: tuple[Path, ...] = ()
    """What it was read from, and what else belongs to it in its folder."""
    roots: tuple[Path, ...] = ()
    """The folders that its files are in, once links are followed."""

    def configuration(self, id_: str) -> Configuration:
        """The plan with an id; raises `KeyError` if there is none."""
        return {item.id: item for item in self.catalog.configurations}[id_]

    def profile(self, id_: str) -> Profile:
        """The profile with an id; raises `KeyError` if there is none."""
        return {item.id: item for item in self.profiles}[id_]

    def denomination(self, plan: str) -> PlanDenomination:
        """What the numbers of a plan (an id) are in."""
        return self.catalog.denomination(self.configuration(plan))

    def available(self, profile: str) -> tuple[Configuration, ...]:
        """The plans that customers of a profile (an id) can have, as listed."""
        return tuple(item for item in self.catalog.configurations if item.is_available_to(profile))

    def references(self, configuration: str, profile: str) -> tuple[Configuration, ...]:
        """What a deal from a plan is measured against for a profile (ids), as listed."""
        names = self.configuration(configuration).references
        available = self.available(profile)
        return tuple(item for item in available if names is None or item.id in names)

    @property
    def on_sale(self) -> OnSale:
        """What requests may refer to."""
        return OnSale(
            self.catalog.unit,
            {item.id: item for item in self.catalog.configurations},
            {item.id: item for item in self.profiles},
            self.policy.facts,
        )


def with_parameters(book: PriceBook, parameters: Mapping[str, Parameter]) -> PriceBook:
    """The price book with other values for parameters of its policy, and then another digest."""
    if not parameters:
        return book
    tried = FrozenMapping({**book.policy.parameters, **parameters})
    policy = book.policy.model_copy(update={"parameters": tried})
    written = (f"{name}\0{parameter.text}\0" for name, parameter in sorted(parameters.items()))
    return _with_policy(book, policy, "".join(written))


def with_confidence(book: PriceBook, confidence: ConfidencePolicy | None) -> PriceBook:
    """The price book with another confidence asked for, whoever may waive that as before."""
    if confidence is None:
        return book
    ltv = book.policy.ltv
    if ltv.confidence is not None:
        changes = {"at_least": confidence.at_least, "at_least_text": confidence.at_least_text}
        confidence = ltv.confidence.model_copy(update=changes)
    tried = ltv.model_copy(update={"confidence": confidence})
    policy = book.policy.model_copy(update={"ltv": tried})
    return _with_policy(book, policy, f"{CONFIDENCE_RULE}\0{confidence.at_least_text}\0")


def _with_policy(book: PriceBook, policy: Policy, changes: str) -> PriceBook:
    # Another digest, for an answer under another policy is none under the files.
    digest = sha256(f"{book.digest}\0{changes}".encode()).hexdigest()
    return book.model_copy(update={"policy": policy, "digest": digest})


def parameter_issues(book: PriceBook, parameters: Mapping[str, Parameter]) -> Iterator[Issue]:
    """What no longer fits in the policy once parameters are put in, one at a time."""
    for name, parameter in parameters.items():
        policy = with_parameters(book, {name: parameter}).policy
        for issue in check_policy(book.catalog, book.profiles, policy)[:1]:
            message = f"`{name}` cannot have this value: {issue.message}"
            yield replace(issue, span=parameter.source, message=message)
