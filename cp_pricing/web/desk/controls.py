"""A control for each tunable term of a plan, which can take tunable values alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from constraints.text.spoken import spoken_numbers, unmistakable
from cp_pricing.asking.names import open_terms, tunable
from cp_pricing.catalog.tunables import Bounds, Grid
from cp_pricing.fields import (
    ALLOWANCE,
    PRICE,
    RATES,
    UNLIMITED,
    FieldName,
    base_name,
    is_price,
    meter_of,
)
from cp_pricing.web.desk.addresses import BEHIND
from cp_pricing.words import numbers as f
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.catalog.plans import Configuration, PlanDenomination

# A grid with at most so many values is a list to choose from; a longer one is a scale.
_FEW = 9

Kind: TypeAlias = Literal["choice", "scale", "text"]


@dataclass(frozen=True, slots=True)
class Option:
    """A value as the address has it, and in words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that can be asked for; an empty `value` says nothing, which is as `without`.

    A `scale` goes from `low` to `high` in steps; `unit` is that of its numbers, and `rests` where
    it stands while nothing is said. `opens` is the name by which the term is left to the solver,
    and `term` the term's own name.
    """

    name: str
    label: str
    kind: Kind
    value: str
    without: str
    term: str = ""
    unit: str = ""
    options: tuple[Option, ...] = ()
    low: str = ""
    high: str = ""
    step: str = ""
    rests: str = ""
    opens: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a plan, by its short name and as the model knows it."""

    name: str
    field: FieldName
    catalog: PlanDenomination

    @property
    def is_discount(self) -> bool:
        """Whether it is asked for as a discount."""
        return self.field == PRICE and self.catalog.is_card

    def written(self, value: Value) -> str:
        """A value as the address has it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.is_discount:
            return f"{unmistakable((1 - Fraction(value)) * 100)}%"
        if value >= UNLIMITED:
            return "unlimited"
        return unmistakable(Fraction(value) * self.quoted_per)

    @property
    def quoted_per(self) -> Fraction:
        """How many units a price is quoted for; of everything else 1."""
        if self.field == PRICE:
            return self.catalog.quote_per
        if base_name(self.field) == RATES:
            return f.quote_per_of(meter_of(self.field), self.catalog)
        return Fraction(1)

    def price(self, number: Fraction) -> Fraction:
        """The value of the term, which is a price, that a quoted number or percentage is."""
        return 1 - number / 100 if self.is_discount else number / self.quoted_per

    def in_words(self, value: Value) -> str:
        """A value for people."""
        return f.field_value(self.field, value, self.catalog)

    @property
    def unit(self) -> str:
        """What its numbers are in."""
        base, meter, currency = base_name(self.field), meter_of(self.field), self.catalog.currency
        if base in {PRICE, RATES}:
            unit = f.unit_of(meter, self.catalog)
            return f"{currency} {f.per_units(self.quoted_per, unit)}"
        units = {
            ALLOWANCE: f"{f.plural(f.unit_of(meter, self.catalog))} a month",
            "contract_duration_months": "months",
            "prepaid_amount": currency,
            "seat_fee": f"{currency} a member and month",
        }
        return units.get(base, f"{currency} a month")


def tunable_terms(plan: Configuration, catalog: PlanDenomination) -> tuple[Term, ...]:
    """The terms of a plan that can be tuned, the price first."""
    terms = [Term(name, field, catalog) for name, field, _ in tunable(plan)]
    return tuple(sorted(terms, key=lambda term: term.field != PRICE))


def term_controls(
    book: PriceBook, request: TuningRequest, listed: Mapping[FieldName, Value]
) -> tuple[Control, ...]:
    """The terms of a plan that can be tuned, as a request has them; `listed` are those at list."""
    plan = book.configuration(request.configuration)
    may_open = open_terms(plan)
    return tuple(
        replace(
            _control(
                term, plan.tunable[term.field], request.inputs.get(term.field), listed[term.field]
            ),
            opens=term.name if term.name in may_open else "",
            opened=term.field in request.open,
        )
        for term in tunable_terms(plan, book.denomination(plan.id))
    )


def _control(term: Term, bounds: Bounds, said: Value | None, listed: Value) -> Control:
    control = Control(
        name=term.name,
        term=term.name,
        label=capital(f.label(term.field, term.catalog)),
        kind="choice",
        value="" if said is None else term.written(said),
        without="the best" if term.field == PRICE else term.in_words(listed),
    )
    if isinstance(bounds, Grid) and bounds.count > _FEW:
        return _scale(control, _ruler(term, bounds), said, listed if listed in bounds else None)
    values = [bounds.at(place) for place in range(bounds.count)]
    # The list's own value is what an empty one says: there is no need of it twice.
    kept = [value for value in values if term.field == PRICE or value != listed]
    options = tuple(Option(term.written(value), term.in_words(value)) for value in kept)
    return replace(control, options=options)


# --- what a customer may ask for otherwise --------------------------------------------------


def offered_control(term: Term, bounds: Bounds, offered: Value) -> Control:
    """A term as it is offered, and what it may be instead; of a price that is not told."""
    if is_price(term.field):
        without = f"{term.in_words(offered)}, as offered"
        label = capital(f.label(term.field, term.catalog))
        return Control(term.name, label, "text", "", without, term=term.name)
    control = _control(term, bounds, None, offered)
    others = tuple(one for one in control.options if one.value != term.written(offered))
    return replace(control, without=f"{term.in_words(offered)}, as offered", options=others)


def value_sent(term: Term, bounds: Bounds, sent: str) -> Value | None:
    """The value that a control of a term has sent; `None` for what it cannot have sent."""
    if is_price(term.field):
        numbers = spoken_numbers(sent.rstrip("% "))
        return _only(map(term.price, numbers), bounds)
    if not isinstance(bounds, Grid) or bounds.count <= _FEW:
        values = (bounds.at(place) for place in range(bounds.count))
        return next((value for value in values if term.written(value) == sent), None)
    return _only(map(_ruler(term, bounds).read, spoken_numbers(sent)), bounds)


def _only(readings: Iterable[Fraction], bounds: Bounds) -> Fraction | None:
    """What a text can only mean, since it may be nothing else that it could."""
    possible = [value for value in readings if value in bounds]
    return possible[0] if len(possible) == 1 else None


@dataclass(frozen=True, slots=True)
class _Ruler:
    """The numbers of a scale: so many `size`s, with a suffix behind them in the address."""

    term: Term
    low: Fraction
    high: Fraction
    step: Fraction
    size: Fraction = Fraction(1)
    suffix: str = ""

    def shown(self, number: Fraction) -> str:
        """A number of the scale."""
        return decimal_string(number / self.size)

    def value(self, value: Value) -> str:
        """A value of the term as a number of the scale; one without a number is none."""
        if self.term.is_discount:
            return self.shown(1 - Fraction(value))
        written = self.term.written(value)
        return "" if written == "unlimited" else self.shown(Fraction(written))

    def read(self, number: Fraction) -> Fraction:
        """The value of a term, which is no price, that a number of the scale is."""
        return number * self.size

    @property
    def needs_more(self) -> bool:
        """Whether its numbers alone are not what is meant, or could be taken for thousands."""
        short = ((100 * number / self.size).denominator == 1 for number in (self.low, self.step))
        return bool(self.suffix) or not all(short)

    @property
    def unit(self) -> str:
        """What stands behind its numbers."""
        if self.term.is_discount:
            return self.suffix
        return f"{self.suffix} {self.term.unit}".strip()


def _ruler(term: Term, grid: Grid) -> _Ruler:
    if term.is_discount:  # of which the greatest leaves the least
        return _Ruler(term, 1 - grid.max, 1 - grid.min, grid.step, Fraction(1, 100), "%")
    low, high, step = (Fraction(term.written(value)) for value in (grid.min, grid.max, grid.step))
    for size, suffix in f.SUFFIXES if base_name(term.field) == ALLOWANCE else ():
        are_short = ((number / size * 1000).denominator == 1 for number in (low, high, step))
        if high >= size and all(are_short):
            return _Ruler(term, low, high, step, Fraction(size), suffix)
    return _Ruler(term, low, high, step)


def _scale(control: Control, ruler: _Ruler, said: Value | None, listed: Value | None) -> Control:
    return replace(
        control,
        kind="scale",
        name=f"{control.name}{BEHIND}{ruler.suffix}" if ruler.needs_more else control.name,
        value="" if said is None else ruler.value(said),
        unit=ruler.unit,
        low=ruler.shown(ruler.low),
        high=ruler.shown(ruler.high),
        step=ruler.shown(ruler.step),
        rests=ruler.shown(ruler.low) if listed is None else ruler.value(listed),
    )
