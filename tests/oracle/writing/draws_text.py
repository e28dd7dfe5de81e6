"""The draws of a case's profiles as JSON Lines."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

from tests.oracle.case import Case, Draw, Profile
from tests.oracle.chance.books import often
from tests.oracle.writing.scalars import Scalars, mapping
from tests.oracle.writing.wording import decimal

NAMES = ("{}.jsonl", "{}-draws.jsonl", "draws of {}.jsonl", "{}.jsonl.gz")
MULTIPLIERS = {
    "in_term_multiplier": "in_term_churn_multiplier",
    "reduced_multiplier": "reduced_flexibility_churn_multiplier",
}


class DrawsText(Scalars):
    """Writes the files of draws; `names` are theirs by profile."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.rng = Random(f"draws of {case.seed}")  # noqa: S311 - repeatable tests, not secrets
        drawn = [profile for profile in case.profiles if profile.draws]
        self.names = {each.id: self.rng.choice(NAMES).format(each.id) for each in drawn}

    def files(self) -> dict[str, str]:
        """File name to text, unpacked."""
        by_id = {profile.id: profile for profile in self.case.profiles}
        return {name: self.lines(by_id[id_]) for id_, name in self.names.items()}

    def lines(self, profile: Profile) -> str:
        end = "\r\n" if often(self.rng, 0.05) else "\n"
        text = end.join(self.line(draw) for draw in profile.draws)
        return text if often(self.rng, 0.1) else text + end

    def line(self, draw: Draw) -> str:
        """One draw, its keys in any order."""
        entry: dict[str, str] = {}
        for key, value in draw.items():
            if key == "usage":
                entry["monthly_usage"] = self.json_usage(value)
            elif key == "retention":
                entry["retention"] = self.json_retention(*value)
            elif key == "price_response":
                bands = (self.json_band(*band) for band in value)
                entry["price_response"] = f"[{', '.join(bands)}]"
            elif key == "costs":
                entry |= self.json_costs(value)
            else:
                entry[MULTIPLIERS[key]] = self.json_number(value)
        keys = list(entry)
        self.rng.shuffle(keys)
        return mapping({key: entry[key] for key in keys})

    def json_number(self, number: Fraction) -> str:
        """A number, with an exponent at times."""
        if often(self.rng, 0.05) and number != 0:
            return decimal(number * 1000) + self.rng.choice(("e-3", "E-3", "e-03"))
        return decimal(number)

    def json_retention(self, model: str, *numbers: Fraction) -> str:
        written = [self.json_number(number) for number in numbers]
        if model == "curve":
            return mapping({"model": '"curve"', "survival": f"[{', '.join(written)}]"})
        names = ("monthly_churn",) if model == "constant" else ("alpha", "beta")
        return mapping({"model": f'"{model}"', **dict(zip(names, written, strict=True))})

    def json_band(self, limit: Fraction | None, multiplier: Fraction) -> str:
        upper = {} if limit is None else {"bill_ratio_up_to": self.json_number(limit)}
        return mapping({**upper, "churn_multiplier": self.json_number(multiplier)})

    def json_costs(self, costs: Mapping[str, Any]) -> dict[str, str]:
        """Costs by their keys, those by meter in one mapping."""
        entry: dict[str, str] = {}
        by_meter: dict[str, str] = {}
        for name, cost in costs.items():
            key, _, meter = name.partition(".")
            if meter:
                by_meter[meter] = self.json_number(cost)
                entry[key] = mapping(by_meter)
            else:
                entry[key] = self.json_number(cost)
        return entry
