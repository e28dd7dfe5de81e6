"""Draws: the ways in which a profile, which is an estimate, could truly be; a line of JSON each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, NamedTuple

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


def read_draws(text: str, file: str, meters: Collection[str]) -> tuple[list[Draw], list[Issue]]:
    """The draws of a text, a line each, and every fault."""
    # Only line feeds end a draw: what else `splitlines` takes for an end may stand in a text.
    lines = normalised(text).rstrip("\n").split("\n")
    draws: list[Draw] = []
    issues: list[Issue] = []
    if lines == [""]:
        return [], [Issue(Span(file, 1, 1, 1, 1), "there are no draws in this file")]
    if len(lines) > MOST:
        message = f"there may be at most {MOST:,} draws, and these are {len(lines):,}"
        return [], [Issue(Span(file, MOST + 1, 1, MOST + 1, 1), message)]
    for number, line in enumerate(lines, start=1):
        draw = (_usual(line) if len(meters) == 1 else None) or _quickly(line, meters)
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
_CONSTANT = re.compile(rf'\{{"model": ?"constant", ?"monthly_churn": ?({_SHARE})\}}', re.ASCII)
_SBG = re.compile(rf'\{{"model": ?"sbg", ?"alpha": ?({_SHAPE}), ?"beta": ?({_SHAPE})\}}', re.ASCII)
_CURVE = re.compile(rf'\{{"model": ?"curve", ?"survival": ?\[(1(?:, ?{_SHARE})+)\]\}}', re.ASCII)


def _usual(line: str) -> Draw | None:
    """The draw of a line as `profile fit` writes it; of any other, faulty or not, `None`."""
    match = _USUAL.fullmatch(line)
    retention = _usual_retention(match[1]) if match else None
    if match is None or retention is None:
        return None
    pairs = _PAIR.findall(match[2])
    # In billionths, of which all weights are whole numbers here.
    weights = (int(weight.replace(".", "").ljust(DIGITS + 1, "0")) for weight, _ in pairs)
    if sum(weights) != 10**DIGITS:
        return None
    usage = tuple(
        UsageScenario.model_construct(weight=_plain(weight), units=_plain(units))
        for weight, units in pairs
    )
    return Draw.model_construct(retention=retention, monthly_usage=usage)


def _usual_retention(text: str) -> Retention | None:
    if match := _CONSTANT.fullmatch(text):
        return ConstantRetention.model_construct(model="constant", monthly_churn=_plain(match[1]))
    if match := _SBG.fullmatch(text):
        alpha, beta = map(_plain, match.groups())
        return SbgRetention.model_construct(model="sbg", alpha=alpha, beta=beta)
    if match := _CURVE.fullmatch(text):
        texts = match[1].split(",")
        # In most months nobody of a resample leaves.
        shares = {share: _plain(share) for share in set(texts)}
        survival = tuple(shares[share] for share in texts)
        falls = all(one >= next_ for one, next_ in pairwise(survival) if one is not next_)
        return CurveRetention.model_construct(model="curve", survival=survival) if falls else None
    return None


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


def drawn(profile: Profile, draws: Iterable[Draw], meters: Sequence[str]) -> tuple[Profile, ...]:
    """The profile as it is in each draw."""
    made = (profile.model_copy(update=draw.changes) for draw in draws)
    return tuple(with_meters(one, meters) for one in made)
