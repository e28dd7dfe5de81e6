"""What a broken rule rests on: its comparisons that fail, each with both sides."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from constraints.language.expressions import Comparison, Expression, Name, children, walk
from constraints.language.reading import Reading, failing
from cp_pricing.results import Breach

if TYPE_CHECKING:
    from constraints.language.evaluation import Environment, Evaluator
    from cp_pricing.book.vocabulary import CheckedRule

_LENGTH = 16


def breaches_of(
    rule: CheckedRule, evaluator: Evaluator, environment: Environment
) -> tuple[Breach, ...]:
    """The comparisons in which a rule fails, in the order of its text."""
    readings = failing(rule.require, evaluator, environment)
    return tuple(_breach(rule, reading) for reading in readings)


def _breach(rule: CheckedRule, reading: Reading) -> Breach:
    dimension = rule.dimension_of(reading.comparison)
    return Breach(
        subject=_subject(reading.comparison, rule),
        operator=reading.operator,
        left=reading.left,
        right=reading.right,
        unit=dimension.unit,
        share=dimension.is_share,
    )


@lru_cache(maxsize=1_000)
def _subject(comparison: Comparison | None, rule: CheckedRule) -> str:
    """What identifies a comparison but for its numbers: a limit that is moved stays a limit."""
    compared = (comparison.left, comparison.right) if comparison else (rule.require,)
    said = " ".join(_node(node) for each in compared for node in walk(each))
    return sha256(said.encode()).hexdigest()[:_LENGTH]


def _node(node: Expression) -> str:
    if isinstance(node, Name):
        return node.name
    operator = getattr(node, "operator", getattr(node, "kind", ""))
    return f"{type(node).__name__}{operator}({len(children(node))})"
