"""Random arguments of `cp-pricing quote`, sound as they are made, and damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from constraints.text.numerals import decimal_string
from cp_pricing import PriceBook
from cp_pricing.asking.names import is_quoted, short_names
from cp_pricing.book.facts import ChoiceFact, NumberFact
from cp_pricing.catalog.plans import Configuration
from cp_pricing.catalog.tunables import Bounds
from cp_pricing.fields import ALLOWANCE, PRICE, RATES, UNLIMITED, base_name, meter_of, shown_field
from cp_pricing.profiles.profile import expected_units

ODD = (
    "", " ", "=", "==", "a=b=c", "12M", "-1", "--", "2.100", "1,5", "1e9", "1e999999999", "0x10",
    "NaN", "∞", "١٢", "½", "-0", "1" * 90, "x" * 300, "Ω", "\x1b[31m", "a\nb", "a\tb", '"', "'",
    "`", "$(x)", "price=", "=7", "price =7", "term=2y price=7", "\udcff", "{}", "[]", "%", "10%",
    "unlimited", "null", "true", "12 months", "7 USD/token", "sum(1)", "(" * 200,
)  # fmt: skip
# What damages a question about a rate card besides.
CARD_ODD = (
    *ODD, "discount=", "discount=15", "discount=150%", "discount=1,5%", "discount=%", "included=3",
    "rate=3", "included.=3", "rate.input=", ".input=3", "included.input.input=3", "rate.nobody=1",
    "input=20M,output=4M", "input=", "input=1,input=2", "=,=", ",", "rates.input", "usage_discount",
)  # fmt: skip
OPTIONS = ("--or", "--open", "--fact", "--param", "--prefer", "--customer", "--members", "--usage")


@dataclass(frozen=True, slots=True)
class Line:
    """Arguments, what they ask of the first offer if they are sound, and how many offers."""

    arguments: list[str]
    asked: dict[str, Fraction | bool] | None
    offers: int


def line_of(rng: Random, book: PriceBook) -> Line:
    """A sound line, two times of three then damaged."""
    plan = rng.choice([plan for plan in book.catalog.configurations if plan.tunable])
    customers = [each.id for each in book.profiles if plan.is_available_to(each.id)]
    asked = dict(_some_values(rng, plan))
    changes = [dict(_some_values(rng, plan)) for _ in range(rng.choice((0, 0, 1, 2)))]
    arguments = [plan.id, rng.choice(customers), *_words(rng, asked, book, plan)]
    for changed in changes:
        arguments += ["--or", " ".join(_words(rng, changed, book, plan))]
    arguments += _options(rng, book, plan, asked)
    if plan.is_card:
        arguments += _use(rng, book, plan, arguments[1])
    if rng.random() < 2 / 3:
        _damage(rng, arguments, CARD_ODD if plan.is_card else ODD)
        return Line(arguments, None, 0)
    return Line(arguments, asked, 1 + len(changes))


# --- sound parts ----------------------------------------------------------------------------


def _some_values(rng: Random, plan: Configuration) -> Iterator[tuple[str, Fraction | bool]]:
    for field, bounds in plan.tunable.items():
        if rng.random() < 0.4:
            yield field, _value(rng, bounds)


def _value(rng: Random, bounds: Bounds) -> Fraction | bool:
    return bounds.at(rng.randrange(bounds.count))


def _words(
    rng: Random, values: dict[str, Fraction | bool], book: PriceBook, plan: Configuration
) -> list[str]:
    return [_word(rng, field, value, book, plan) for field, value in values.items()]


def _word(
    rng: Random,
    field: str,
    value: Fraction | bool,  # noqa: FBT001 - a value
    book: PriceBook,
    plan: Configuration,
) -> str:
    """A term as people write it, in one of its ways."""
    shown = shown_field(field, is_card=plan.is_card)
    short = next(name for name, own in short_names(plan).items() if own == shown)
    name = rng.choice((short, shown))
    if isinstance(value, bool):
        return f"{name}={rng.choice(('yes', 'true', 'on') if value else ('no', 'False', 'off'))}"
    if value == UNLIMITED and base_name(field) == ALLOWANCE:
        return f"{name}=unlimited"
    if field == PRICE and plan.is_card:
        discount = 1 - value
        ratio = _plain(discount) if abs(discount) < 1 else f"{_plain(discount * 100)}%"
        return f"{name}={rng.choice((ratio, f'{_plain(discount * 100)}%'))}"
    if field == PRICE or base_name(field) == RATES:
        per = {meter.id: meter.quote_per for meter in book.catalog.meters}
        own = per.get(meter_of(field), book.catalog.quote_per)
        return f"{name}={_plain(value * (own if is_quoted(name) else 1))}"
    if field == "contract_duration_months":
        years = [f"{decimal_string(value / 12)}y"] * (value % 12 == 0)
        return f"{name}={rng.choice([_plain(value), f'{_plain(value)}m', *years])}"
    return f"{name}={_sized(rng, value)}"


def _plain(value: Fraction) -> str:
    """A number that can be read in one way only."""
    text = decimal_string(value)
    decimals = text.partition(".")[2]
    return f"{text}0" if len(decimals) == 3 else text


def _sized(rng: Random, value: Fraction) -> str:
    size, letter = rng.choice([(1, ""), (10**3, "k"), (10**6, "M")])
    return (decimal_string(value / size) + letter) if letter else _plain(value)


def _use(rng: Random, book: PriceBook, plan: Configuration, profile: str) -> list[str]:
    """Perhaps a customer's own use of some meters that its profile uses."""
    used = [meter for meter in plan.meters if expected_units(book.profile(profile), meter)]
    chosen = [meter for meter in used if rng.random() < 0.5]
    if not chosen or rng.random() < 0.6:
        return []
    uses = (f"{meter}={_sized(rng, Fraction(rng.randint(1, 900)))}" for meter in chosen)
    return ["--usage", rng.choice((",", " ", ", ")).join(uses)]


def _options(
    rng: Random, book: PriceBook, plan: Configuration, asked: dict[str, Fraction | bool]
) -> list[str]:
    opened = [
        field
        for field in plan.tunable
        if field not in {*asked, PRICE} and base_name(field) != RATES
    ]
    options = [
        *(["--approval"] if rng.random() < 0.5 else []),
        *(["--prefer", rng.choice(("price", "ltv"))] if rng.random() < 0.4 else []),
        *(["--open", rng.choice(opened)] if opened and rng.random() < 0.3 else []),
        *(
            ["--customer", rng.choice(("Acme", "Müller & Söhne", "x"))]
            if rng.random() < 0.3
            else []
        ),
        *(["--members", str(rng.randint(1, 60))] if rng.random() < 0.3 else []),
    ]
    for name, fact in book.policy.facts.items():
        if fact.default is None or rng.random() < 0.5:
            options += ["--fact", f"{name}={_fact(rng, fact)}"]
    if rng.random() < 0.2:
        name, parameter = rng.choice(list(book.policy.parameters.items()))
        options += ["--param", f"{name}={parameter.text}"]
    return options


def _fact(rng: Random, fact: object) -> str:
    match fact:
        case ChoiceFact(values=values):
            return rng.choice(values)
        case NumberFact(grid=grid):
            return _plain(grid.at(rng.randrange(grid.count)))
        case _:
            return rng.choice(("yes", "no"))


# --- damage ---------------------------------------------------------------------------------


def _damage(rng: Random, arguments: list[str], odd: Sequence[str]) -> None:
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(arguments))
        way = rng.choice((_replace, _change, _insert, _drop, _add_option, _twice))
        way(rng, arguments, place, odd)
        arguments += ["x"] * (not arguments)


def _replace(rng: Random, arguments: list[str], place: int, odd: Sequence[str]) -> None:
    arguments[place] = rng.choice(odd)


def _change(rng: Random, arguments: list[str], place: int, odd: Sequence[str]) -> None:
    """A letter more, less or another, anywhere in a word."""
    word = arguments[place]
    at = rng.randint(0, len(word))
    letter = rng.choice(["", rng.choice("abk=,.-_ 019M%$\"'\\()é\x00"[:-1]), rng.choice(odd)])
    arguments[place] = word[:at] + letter + word[at + rng.randint(0, 1) :]


def _insert(rng: Random, arguments: list[str], place: int, odd: Sequence[str]) -> None:
    arguments.insert(place, rng.choice(odd))


def _drop(_rng: Random, arguments: list[str], place: int, _odd: Sequence[str]) -> None:
    del arguments[place]


def _twice(rng: Random, arguments: list[str], place: int, _odd: Sequence[str]) -> None:
    arguments.insert(rng.randint(0, len(arguments)), arguments[place])


def _add_option(rng: Random, arguments: list[str], place: int, odd: Sequence[str]) -> None:
    words = [*odd, *arguments]
    arguments[place:place] = [rng.choice(OPTIONS), rng.choice(words)]
