"""Random well-formed cases: `generate(seed)` always gives the same case for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tests.oracle.answer import Decision
from tests.oracle.books import BookMaker
from tests.oracle.case import FLAGS, Case
from tests.oracle.customers import open_fields, profile, request
from tests.oracle.enumeration import solve
from tests.oracle.policies import PolicyMaker, bare_policy

ATTEMPTS = 9  # draws until a case has the decision that was aimed at; the last one stays
TARGETS: Sequence[Decision] = (
    *("accepted",) * 9,
    *("requires_approval",) * 5,
    *("rejected",) * 6,
)


def generate(seed: int, attempts: int = ATTEMPTS) -> Case:
    """The case of a seed; fewer attempts are faster and leave more cases rejected."""
    rng = Random(seed)  # noqa: S311 - repeatable tests, not secrets
    target = rng.choice(TARGETS)
    case, maker = with_book(seed, rng, target)
    for attempt in range(attempts):
        if attempt and attempt % 3 == 0:
            case, maker = with_book(seed, rng, target)
        case = PolicyMaker(case, maker, target).finished()
        if attempt + 1 < attempts and solve(case).decision == target:
            break
    return case


def with_book(seed: int, rng: Random, target: Decision) -> tuple[Case, BookMaker]:
    """A case whose policy has no rules yet, and what drew it."""
    maker = BookMaker(rng)
    open_ = open_fields(rng)
    who = profile(rng, maker, "small-team", 0.8 if set(open_) == set(FLAGS) else 0.2)
    catalog, asked = maker.catalog(open_, who.id)
    profiles = [who]
    if any("elsewhere" in (c.available_to or ()) for c in catalog.configurations):
        profiles.insert(rng.randint(0, 1), profile(rng, maker, "elsewhere"))
    configuration = next(c for c in catalog.configurations if c.id == asked)
    wish = request(rng, configuration, who, open_, 0.25 if target == "rejected" else 0.05)
    if target == "requires_approval":
        wish = replace(wish, approval_mode="allow_approval")
    return Case(seed, catalog, tuple(profiles), bare_policy(rng, target), wish), maker
