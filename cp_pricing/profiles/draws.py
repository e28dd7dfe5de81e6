"""Draws: the ways in which a profile, which is an estimate, could truly be; a line of JSON each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Annotated, NamedTuple, overload

from pydantic import AfterValidator, ValidationError

from constraints.text.json_nodes import json_values, parse_json
from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string, parse_decimal
from constraints.text.source import Issue, Span, normalised
from cp_pricing.files.located import issue_at, located, read_model
from cp_pricing.files.models import Entries, Fault, Location, Model, Some
from cp_pricing.files.values import Amount, Ratio, Share
from cp_pricing.profiles.profile import (
    AmountByMeter,
    Bands,
    ConstantRetention,
    CurveRetention,
    Profile,
    Retention,
    SbgRetention,
    UsageScenario,
    metered_faults,
    weights_sum_to_one,
    with_meters,
)

MOST = 10_000
"""Draws of one profile."""
DIGITS = 9
"""Significant ones of a number, so that thousands of them add up quickly and exactly."""


class _OfFile(NamedTuple):
    """What validation is told: texts are no numbers there, and nothing is null."""

    authored: bool = True


class Draw(Model):
    """What of a profile is otherwise in one draw; all else is as the profile says."""

    retention: Retention | None = None
    monthly_usage: Annotated[Some[UsageScenario] | None, AfterValidator(weights_sum_to_one)] = None
    in_term_churn_multiplier: Ratio | None = None
    reduced_flexibility_churn_multiplier: Ratio | None = None
    price_response: Bands | None = None
    variable_cost_per_unit: AmountByMeter | None = None
    service_cost_per_month: Amount | None = None
    payment_cost_rate: Share | None = None
    onboarding_cost: Amount | None = None
    acquisition_cost: Amount | None = None

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Numbers of more digits than an estimate can have."""
        del context
        return _long_numbers(entries, ())

    @property
    def changes(self) -> dict[str, object]:
        """The keys of the profile that it changes, and their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _long_numbers(value: object, location: Location) -> Iterator[Fault]:
    match value:
        case Mapping():
            for key, part in value.items():
                yield from _long_numbers(part, (*location, key))
        case list():
            for place, part in enumerate(value):
                yield from _long_numbers(part, (*location, place))
        case Fraction() if not _is_short(value):
            yield Fault(location, "this number has too many digits")
        case Scalar(text=text):
            number = parse_decimal(text)
            if number is not None and not _is_short(number):
                short = f"{float(number):.{DIGITS}g}"
                message = f"`{text}` has more than {DIGITS} significant digits"
                yield Fault(location, message, f"write `{short}`")
        case _:
            pass


def _is_short(number: Fraction) -> bool:
    """Whether a decimal number has few significant digits."""
    digits = decimal_string(abs(number)).replace(".", "").strip("0")
    return len(digits) <= DIGITS


class UsualLine(NamedTuple):
    """The numbers of a line as `profile fit` writes it, known to be right, as it writes them.

    Of thousands of lines most are never asked for what they say, which takes longest to make.
    """

    model: str
    retention: list[str]
    usage: list[tuple[str, str]]

    def draw(self) -> Draw:
        """What the line says."""
        usage = tuple(
            UsageScenario.model_construct(weight=_plain(weight), units=_plain(units))
            for weight, units in self.usage
        )
        return Draw.model_construct(retention=self._retention(), monthly_usage=usage)

    def _retention(self) -> Retention:
        # In most months nobody of a resample leaves.
        known = {text: _plain(text) for text in set(self.retention)}
        match [known[text] for text in self.retention], self.model:
            case [churn], "constant":
                return ConstantRetention.model_construct(model="constant", monthly_churn=churn)
            case [alpha, beta], "sbg":
                return SbgRetention.model_construct(model="sbg", alpha=alpha, beta=beta)
            case survival, _:
                return CurveRetention.model_construct(model="curve", survival=tuple(survival))


def read_draws(
    text: str, file: str, meters: Collection[str]
) -> tuple[list[Draw | UsualLine], list[Issue]]:
    """The draws of a text, a line each, and every fault."""
    # Only line feeds end a draw: what else `splitlines` takes for an end may stand in a text.
    lines = normalised(text).rstrip("\n").split("\n")
    draws: list[Draw | UsualLine] = []
    issues: list[Issue] = []
    if lines == [""]:
        return [], [Issue(Span(file, 1, 1, 1, 1), "there are no draws in this file")]
    if len(lines) > MOST:
        message = f"there may be at most {MOST:,} draws, and these are {len(lines):,}"
        return [], [Issue(Span(file, MOST + 1, 1, MOST + 1, 1), message)]
    for number, line in enumerate(lines, start=1):
        usual = _usual(line) if len(meters) == 1 else None
        draw = usual or _quickly(line, meters)
        if draw is None:
            draw, faults = _slowly(line, number, file, meters)
            issues += faults
        draws += [] if draw is None else [draw]
    return draws, issues


# A line as `profile fit` writes it, of one meter: of thousands, these are read ten times as fast.
# What it cannot be sure of, such as a number of many digits, it leaves to the general way.
_SHARE = r"(?:0\.\d{1,9}|[01])"
_AMOUNT = r"(?:0|[1-9]\d{0,8}|[1-9]\d{0,4}\.\d{1,4})"
_SHAPE = r"(?:0\.\d{0,8}[1-9]|[1-9]\d{0,2}\.\d{1,6}|[1-9]\d{0,8})"
_SCENARIO = rf'\{{"weight": ?{_SHARE}, ?"units": ?{_AMOUNT}\}}'
_USUAL = re.compile(
    r'\{"retention": ?(\{[^{}]*\}), ?"monthly_usage": ?'
    rf"\[({_SCENARIO}(?:, ?{_SCENARIO})*)\]\}}",
    re.ASCII,
)
_PAIR = re.compile(r'"weight": ?([\d.]+), ?"units": ?([\d.]+)', re.ASCII)
_MODELS = {
    "constant": rf'"monthly_churn": ?({_SHARE})',
    "sbg": rf'"alpha": ?({_SHAPE}), ?"beta": ?({_SHAPE})',
    "curve": rf'"survival": ?\[(1(?:, ?{_SHARE})+)\]',
}
_RETENTIONS = {
    model: re.compile(rf'\{{"model": ?"{model}", ?{numbers}\}}', re.ASCII)
    for model, numbers in _MODELS.items()
}


def _usual(line: str) -> UsualLine | None:
    """The numbers of a line as `profile fit` writes it; of any other, faulty or not, `None`."""
    match = _USUAL.fullmatch(line)
    model, retention = _usual_retention(match[1]) if match else ("", [])
    if match is None or not model:
        return None
    usage = _PAIR.findall(match[2])
    # In billionths, of which all weights are whole numbers here.
    weights = (int(weight.replace(".", "").ljust(DIGITS + 1, "0")) for weight, _ in usage)
    return UsualLine(model, retention, usage) if sum(weights) == 10**DIGITS else None


def _usual_retention(text: str) -> tuple[str, list[str]]:
    """The model and its numbers, none of them where it may be faulty."""
    for model, pattern in _RETENTIONS.items():
        if match := pattern.fullmatch(text):
            numbers = [one.strip() for group in match.groups() for one in group.split(",")]
            # Decimals of so few digits are in the order of their floats.
            floats = [*map(float, numbers)]
            rises = model == "curve" and floats != sorted(floats, reverse=True)
            return ("", []) if rises else (model, numbers)
    return "", []


def _plain(text: str) -> Fraction:
    """A decimal without a sign or an exponent."""
    before, _, after = text.partition(".")
    return Fraction(int(before + after), 10 ** len(after))


def _quickly(line: str, meters: Collection[str]) -> Draw | None:
    """The draw of a line without a fault; of any other `None`."""
    values = json_values(line)
    try:
        draw = Draw.model_validate(values, context=_OfFile()) if isinstance(values, dict) else None
    except ValidationError:
        return None
    return None if draw is None or any(metered_faults(values, meters)) else draw


def _slowly(
    line: str, number: int, file: str, meters: Collection[str]
) -> tuple[Draw | None, list[Issue]]:
    """What is wrong with a line, each fault at its place."""
    if not line.strip():
        message = "a draw is missing in this line"
        return None, [Issue(Span(file, number, 1, number, 1), message, "remove the line")]
    # In a text of as many lines the places are those of the file.
    root, issues = parse_json("\n" * (number - 1) + line, file)
    if root is None:
        return None, issues
    draw, faults = read_model(Draw, root, _OfFile())
    metered = [
        issue_at(root, f.location, f.message, f.hint) for f in metered_faults(located(root), meters)
    ]
    return draw, [*issues, *faults, *metered]


class DrawnProfiles(Sequence[Profile]):
    """A profile as it is in each draw: made when they are first asked for, all of them."""

    def __init__(
        self, profile: Profile, draws: Sequence[Draw | UsualLine], meters: Sequence[str]
    ) -> None:
        self._made_from = profile, draws, meters

    @cached_property
    def _profiles(self) -> tuple[Profile, ...]:
        profile, draws, meters = self._made_from
        read = (draw if isinstance(draw, Draw) else draw.draw() for draw in draws)
        made = (profile.model_copy(update=draw.changes) for draw in read)
        return tuple(with_meters(one, meters) for one in made)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._made_from[1])

    @overload
    def __getitem__(self, place: int) -> Profile: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Profile, ...]: ...
    def __getitem__(self, place: int | slice) -> Profile | tuple[Profile, ...]:
        """Some of them."""
        return self._profiles[place]

    def __eq__(self, other: object) -> bool:
        """Whether the profile is the same in each draw, however the lines say it."""
        if not isinstance(other, DrawnProfiles):
            return NotImplemented
        return self._made_from == other._made_from or self._profiles == other._profiles

    def __hash__(self) -> int:
        """As of a tuple of them."""
        return hash(self._profiles)
