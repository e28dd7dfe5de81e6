"""A line as `profile fit` writes it is read as any other line that says the same."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_pricing.profiles.draws import Draw, UsualLine, read_draws
from tests.support.places import PILOT

_SHARES = st.sampled_from(("0", "1", "0.5", "0.25", "0.123456789", "0.1234567891", "1.5", "0.0"))
_SHAPES = st.sampled_from(("0", "0.0", "0.9", "1.01919", "17", "0.000000001", "12345678.123"))
_RETENTIONS = st.one_of(
    _SHARES.map('{{"model":"constant","monthly_churn":{}}}'.format),
    st.builds('{{"model":"sbg","alpha":{},"beta":{}}}'.format, _SHAPES, _SHAPES),
    st.lists(_SHARES, max_size=4).map(
        lambda shares: f'{{"model":"curve","survival":[{",".join(("1", *shares))}]}}'
    ),
)
_USAGES = st.sampled_from(
    (
        '[{"weight":1,"units":500000}]',
        '[{"weight":0.25,"units":460785},{"weight":0.75,"units":1234.5}]',
        '[{"weight":0.25,"units":460785},{"weight":0.7,"units":1}]',
        '[{"weight":1,"units":0}]',
        '[{"weight":1,"units":123456789.5}]',
    )
)


def told(text: str) -> tuple[list[Draw], list[str]]:
    draws, issues = read_draws(text, "some.draws.jsonl", ["tokens"])
    made = [one.draw() if isinstance(one, UsualLine) else one for one in draws]
    return made, [issue.message for issue in issues]


@given(_RETENTIONS, _USAGES)
def test_two_spaces_change_nothing(retention: str, usage: str) -> None:
    line = f'{{"retention":{retention},"monthly_usage":{usage}}}'
    assert told(line) == told(line.replace(",", ",  "))


@pytest.mark.parametrize("profile", ["solo", "small-team", "scale-up"])
def test_the_pilots_draws_are_what_json_says(profile: str) -> None:
    packed = PILOT / f"{profile}.draws.jsonl.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines()[:40]
    draws, issues = told("\n".join(lines))
    assert not issues
    for draw, line in zip(draws, lines, strict=True):
        said = json.loads(line, parse_float=Decimal)
        assert draw.retention is not None
        assert draw.monthly_usage is not None
        kept = {name: getattr(draw.retention, name) for name in said["retention"]}
        kept |= {name: [*value] for name, value in kept.items() if isinstance(value, tuple)}
        assert kept == said["retention"]
        pairs = [(one.weight, one.units) for one in draw.monthly_usage]
        assert pairs == [(one["weight"], one["units"]) for one in said["monthly_usage"]]
