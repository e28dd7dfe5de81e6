"""Random cases on tiny grids: a price book and a request whose whole universe can be tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import prod
from random import Random
from typing import Literal, TypeAlias, get_args

from tests.explanations.universe import values_of
from tests.oracle.answer import Decision
from tests.oracle.case import (
    FLAGS,
    PRICE,
    Case,
    Choice,
    Grid,
    Value,
)
from tests.oracle.chance.books import BookMaker, nice, often, pick
from tests.oracle.chance.card_books import CardMaker
from tests.oracle.chance.customers import open_fields, outside, profile
from tests.oracle.chance.draws import with_draws
from tests.oracle.chance.edges import at_edges
from tests.oracle.chance.policies import PolicyMaker, bare_policy
from tests.oracle.chance.scoping import scoped
from tests.oracle.enumeration import solve
from tests.oracle.generator import request_of, with_desk
from tests.oracle.valuing.rates import is_override
from tests.oracle.valuing.usage import UNLIMITED

FEES = ("platform_fee", "seat_fee")
Books: TypeAlias = Literal["plain", "rates", "draws", "edges"]
BOOKS: tuple[Books, ...] = get_args(Books)
ATTEMPTS = 6  # draws until a case has the decision that was aimed at; the last one stays


@dataclass(frozen=True)
class Kind:
    """How a case is drawn.

    `targets` are the decisions aimed at, `tunable` is the chance that a field is tunable, `ticks`
    and `points` are the most price ticks and points to be tried, and `wide` is the chance that
    rules are aimed at more offers than the request allows.
    """

    targets: Sequence[Decision]
    tunable: float
    ticks: int
    points: int
    wide: float


VERDICTS = Kind(
    (*("rejected",) * 5, *("accepted",) * 3, *("requires_approval",) * 2), 0.75, 9, 1200, 0.8
)
# An answer above the baseline's price has counteroffers, too.
OFFERS = Kind((*("rejected",) * 3, "accepted", "accepted"), 0.8, 7, 6000, 0.9)


class TinyMaker(BookMaker):
    """Draws tunable bounds of two to four values, and a few price ticks."""

    def __init__(self, rng: Random, kind: Kind, *, new: bool = False) -> None:
        super().__init__(rng, new=new)
        self.kind = kind

    def tunables(self, open_: Sequence[str]) -> dict[str, Grid | Choice]:
        """Bounds for most fields."""
        rng = self.rng
        fields = [n for n in self.fields if n in open_ or often(rng, self.kind.tunable)]
        bounds = {name: self.bounds(name, rng.choice((2, 2, 3, 3, 4))) for name in fields}
        if often(rng, 0.95):
            bounds[self.solved] = self.price_bounds(rng.randint(1, self.kind.ticks))
        return bounds

    def price_bounds(self, size: int) -> Grid:
        """Few price ticks, from zero as often as not, so that rules and not bounds decide."""
        grid = super().price_bounds(size)
        if often(self.rng, 0.5):
            return grid
        ticks = self.rng.randint(1, size)
        step = max(grid.step, nice(grid.maximum / ticks, self.scale.tick))
        return Grid(Fraction(0), step * ticks, step)


class TinyCardMaker(TinyMaker, CardMaker):
    """The same of books with rate cards, of few meters."""

    most_meters = 2
    overridable, overridden = 0.5, 0.6

    def tunables(self, open_: Sequence[str]) -> dict[str, Grid | Choice]:
        return self.with_overrides(super().tunables(open_))

    def override_bounds(self, meter: str) -> Grid:
        grid = super().override_bounds(meter)
        return replace(grid, maximum=grid.minimum + grid.step * self.rng.choice((0, 1, 2)))

    def price_bounds(self, size: int) -> Grid:
        """Few ticks; discounts up to the whole as often as not, so that rules decide."""
        if self.solved == PRICE:
            return super().price_bounds(size)
        grid = self.discount_bounds(size)
        if often(self.rng, 0.5):
            return grid
        step = pick(self.rng, "0.2 0.25 0.5") if size > 1 else Fraction(1)
        count = min(size - 1, int(Fraction(3, 2) / step))
        return Grid(1 - step * count, Fraction(1), step)


def verdict_case(seed: int, *, new: bool = False, books: Books = "plain") -> Case:
    """A case of any decision, for conflicts, blocking sets and what rules cost."""
    return _generated(seed, _stream("verdict", seed, books), VERDICTS, books, new=new)


def offer_case(seed: int, books: Books = "plain") -> Case:
    """A case that may have anything of section 8, and whose configurations can all be tried."""
    rng = _stream("offers", seed, books)
    while True:
        case = _generated(seed, rng, OFFERS, books, new=True)
        if offers_to_try(case) <= OFFERS.points:
            return case


def _stream(what: str, seed: int, books: Books) -> Random:
    kind = "" if books == "plain" else f"{books} "
    return Random(f"{kind}{what} {seed}")  # noqa: S311 - repeatable tests, not secrets


def offers_to_try(case: Case) -> int:
    """How many configurations there are within the tunable bounds."""
    tunable = case.configuration.tunable.items()
    kept_or_not = prod(2 for name in case.request.inputs if is_override(name))
    return kept_or_not * prod(len(each.values()) for name, each in tunable if not is_override(name))


def _maker(rng: Random, kind: Kind, books: Books, *, new: bool) -> TinyMaker:
    cards = books == "rates" or (books == "draws" and often(rng, 0.4))
    maker = (TinyCardMaker if cards else TinyMaker)(rng, kind, new=new)
    if books == "draws":
        maker.with_draws()
    return maker


def _generated(seed: int, rng: Random, kind: Kind, books: Books, *, new: bool) -> Case:
    if books == "edges":
        case = _generated(seed, rng, kind, rng.choice(("plain", "rates", "draws")), new=True)
        return _trimmed(at_edges(rng, case), rng, kind.points)
    target = rng.choice(kind.targets)
    new = books != "plain" or (new and not often(rng, 0.2))
    make = partial(_maker, rng, kind, books, new=new)
    case, maker = _with_book(seed, rng, target, make())
    for attempt in range(ATTEMPTS):
        if attempt and attempt % 3 == 0:
            case, maker = _with_book(seed, rng, target, make())
        case = _with_policy(case, maker, target, wide=often(rng, kind.wide))
        case = scoped(case, rng)
        if solve(case).decision == target:
            break
    return case


def _with_policy(case: Case, maker: BookMaker, target: Decision, *, wide: bool) -> Case:
    """The case with rules whose limits lie where its offers are.

    When `wide`, all offers that the fields asked for allow count, so that a request is often
    rejected for what it asks, and another is not.
    """
    if not wide:
        return PolicyMaker(case, maker, target).finished()
    tunable = case.configuration.tunable
    fields = [name for name in case.configuration.term_fields if name in tunable]
    asked = [n for n in fields if n in case.request.inputs or n in case.request.open]
    opened = replace(case.request, inputs={}, open=tuple(asked))
    aim: Decision = "accepted" if target == "rejected" else target
    made = PolicyMaker(replace(case, request=opened), maker, aim).finished()
    return replace(made, request=case.request)


def _with_book(
    seed: int, rng: Random, target: Decision, maker: TinyMaker
) -> tuple[Case, BookMaker]:
    """A case whose policy has no rules yet, and what drew it."""
    new = maker.new
    open_ = open_fields(rng, maker.fields)
    who = profile(rng, maker, "small-team")
    catalog, asked = maker.catalog(open_, who.id)
    profiles = [who]
    if any("elsewhere" in (c.available_to or ()) for c in catalog.configurations):
        profiles.append(profile(rng, maker, "elsewhere"))
    if maker.draws:
        profiles = [with_draws(rng, maker, each, 0.9) for each in profiles]
    wrong = 0.25 if target == "rejected" else 0.02
    wish = request_of(rng, maker, catalog, asked, who, open_, wrong)
    if target == "requires_approval":
        wish = replace(wish, approval_mode="allow_approval")
    case = Case(seed, catalog, tuple(profiles), bare_policy(rng, target, new=new), wish)
    if new:
        case = with_desk(case, maker)
    if target == "rejected" and often(rng, 0.1):
        case = _far_outside(case, rng)
    return _trimmed(case, rng, maker.kind.points), maker


def _far_outside(case: Case, rng: Random) -> Case:
    """The case with a number asked for that is several times as much as the bounds allow."""
    configuration, wish = case.configuration, case.request
    baseline = configuration.canonical(case.profile.members)
    fixed = (*FEES, *FLAGS, *wish.open)
    numbers = [name for name in configuration.term_fields if name not in fixed]
    if not numbers:
        return case
    name = rng.choice(numbers)
    value: Value = outside(rng, configuration.tunable.get(name), name, baseline[name])
    if value != UNLIMITED:
        value = Fraction(value * rng.choice((3, 10, 100)))
    return replace(case, request=replace(wish, inputs={**wish.inputs, name: value}))


def _trimmed(case: Case, rng: Random, most: int) -> Case:
    """The case with inputs left out until its universe has few enough points."""
    inputs = dict(case.request.inputs)
    while prod(len(values) for values in values_of(case).values()) > most:
        others = [name for name in inputs if name != case.configuration.price]
        if not others:
            break
        del inputs[rng.choice(others)]
        case = replace(case, request=replace(case.request, inputs=inputs))
    return case
