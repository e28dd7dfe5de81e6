"""The price book: catalog, profiles and policy together, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import SkipValidation

from constraints.text.source import Issue
from cp_pricing.book.formulas import Parameter
from cp_pricing.book.on_sale import OnSale
from cp_pricing.book.policy import Policy
from cp_pricing.book.profiles import Profile
from cp_pricing.book.vocabulary import check_policy
from cp_pricing.catalog.plans import Catalog, Configuration, PlanDenomination
from cp_pricing.files.models import FrozenMapping, Model


class PriceBook(Model):
    """What a seller offers, to whom, and under which policy; `digest` identifies the files."""

    catalog: Catalog
    profiles: tuple[Profile, ...]
    policy: Policy
    digest: str = ""
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
    # Another digest, for an answer under other parameters is none under the files.
    digest = sha256("".join((book.digest, "\0", *written)).encode()).hexdigest()
    return book.model_copy(update={"policy": policy, "digest": digest})


def parameter_issues(book: PriceBook, parameters: Mapping[str, Parameter]) -> Iterator[Issue]:
    """What no longer fits in the policy once parameters are put in, one at a time."""
    for name, parameter in parameters.items():
        policy = with_parameters(book, {name: parameter}).policy
        for issue in check_policy(book.catalog, book.profiles, policy)[:1]:
            message = f"`{name}` cannot have this value: {issue.message}"
            yield replace(issue, span=parameter.source, message=message)
