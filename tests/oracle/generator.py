"""Random well-formed cases: `generate(seed)` always gives the same case for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from random import Random

from tests.oracle.answer import Decision
from tests.oracle.case import FLAGS, Case, Catalog, Customer, Profile, Request
from tests.oracle.chance.books import BookMaker, often
from tests.oracle.chance.card_books import CardMaker, overrides
from tests.oracle.chance.customers import asking, customer, observed, open_fields, profile, request
from tests.oracle.chance.draws import with_draws
from tests.oracle.chance.edges import at_edges
from tests.oracle.chance.facts import facts, told
from tests.oracle.chance.policies import PolicyMaker, bare_policy
from tests.oracle.chance.scoping import scoped
from tests.oracle.enumeration import solve

ATTEMPTS = 9  # draws until a case has the decision that was aimed at; the last one stays
TARGETS: Sequence[Decision] = (
    *("accepted",) * 9,
    *("requires_approval",) * 5,
    *("rejected",) * 6,
)


def generate(seed: int, attempts: int = ATTEMPTS, *, new: bool = True) -> Case:
    """The case of a seed; fewer attempts are faster and leave more cases rejected.

    If `new`, it may have anything of section 8, and often nothing of it.
    """
    rng = Random(seed)  # noqa: S311 - repeatable tests, not secrets
    target = rng.choice(TARGETS)
    new = new and not often(rng, 0.2)
    return _generated(seed, rng, attempts, target, partial(BookMaker, rng, new=new))


def generate_card(seed: int, attempts: int = ATTEMPTS) -> Case:
    """The case of a seed among books with rate cards: of section 8 it may have anything."""
    rng = Random(f"rates {seed}")  # noqa: S311 - repeatable tests, not secrets
    return _generated(seed, rng, attempts, rng.choice(TARGETS), partial(CardMaker, rng))


def generate_draws(seed: int, attempts: int = ATTEMPTS) -> Case:
    """The case of a seed among books of either kind whose profiles have draws mostly."""
    rng = Random(f"draws {seed}")  # noqa: S311 - repeatable tests, not secrets

    def make() -> BookMaker:
        maker = CardMaker(rng) if often(rng, 0.4) else BookMaker(rng, new=True)
        return maker.with_draws()

    return _generated(seed, rng, attempts, rng.choice(TARGETS), make)


def generate_edges(seed: int, attempts: int = ATTEMPTS) -> Case:
    """A case of any of these books, brought to the edges."""
    rng = Random(f"edges {seed}")  # noqa: S311 - repeatable tests, not secrets
    return at_edges(rng, rng.choice((generate, generate_card, generate_draws))(seed, attempts))


def _generated(
    seed: int, rng: Random, attempts: int, target: Decision, make: Callable[[], BookMaker]
) -> Case:
    case, maker = with_book(seed, rng, target, make())
    for attempt in range(attempts):
        if attempt and attempt % 3 == 0:
            case, maker = with_book(seed, rng, target, make())
        case = scoped(PolicyMaker(case, maker, target).finished(), rng)
        if attempt + 1 < attempts and solve(case).decision == target:
            break
    return case


def with_book(seed: int, rng: Random, target: Decision, maker: BookMaker) -> tuple[Case, BookMaker]:
    """A case whose policy has no rules yet, and what drew it."""
    new = maker.new
    open_ = open_fields(rng, maker.fields)
    who = profile(rng, maker, "small-team", 0.8 if set(open_) == set(FLAGS) else 0.2)
    catalog, asked = maker.catalog(open_, who.id)
    profiles = [who]
    if any("elsewhere" in (c.available_to or ()) for c in catalog.configurations):
        profiles.insert(rng.randint(0, 1), profile(rng, maker, "elsewhere"))
    wrong = 0.25 if target == "rejected" else 0.05
    wish = request_of(rng, maker, catalog, asked, who, open_, wrong)
    if target == "requires_approval":
        wish = replace(wish, approval_mode="allow_approval")
    if maker.draws:
        profiles = [with_draws(rng, maker, one, 0.9 if one is who else 0.4) for one in profiles]
    case = Case(seed, catalog, tuple(profiles), bare_policy(rng, target, new=new), wish)
    return (with_desk(case, maker) if new else case), maker


def request_of(
    rng: Random,
    maker: BookMaker,
    catalog: Catalog,
    asked: str,
    who: Profile,
    open_: tuple[str, ...],
    wrong: float,
) -> Request:
    """A request about a configuration, at this customer's size."""
    own = customer(rng, maker, who) if maker.new else Customer()
    configuration = next(c for c in catalog.configurations if c.id == asked)
    wish = request(rng, configuration, own.of(who), open_, wrong, maker.fields)
    inputs = {**wish.inputs, **overrides(rng, maker, configuration)}
    return replace(wish, customer=own, inputs=inputs)


def with_desk(case: Case, maker: BookMaker) -> Case:
    """The case with facts, with a plan that retention was observed on, and with an asked price."""
    rng, configuration = maker.rng, case.configuration
    baseline = configuration.canonical(case.profile.members)
    declared = facts(rng, maker.scale)
    wish = asking(rng, case.request, configuration, baseline[configuration.price])
    return replace(
        case,
        profiles=tuple(observed(rng, each, case.catalog) for each in case.profiles),
        policy=replace(case.policy, facts=declared),
        request=replace(wish, facts=told(rng, declared)),
    )
