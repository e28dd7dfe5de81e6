"""A rule's condition in words: `the usage price discount is at most 40%`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import assert_never

from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Equivalence,
    Expression,
    Extremum,
    Implication,
    Junction,
    Membership,
    Name,
    Negation,
    Not,
    Number,
    Stepped,
    Table,
    Text,
    Truth,
)
from cp_pricing.fields import BOOLEAN_FIELDS
from cp_pricing.words.numbers import exact, listed, percentage

_COMPARED = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is exactly",
    "!=": "is not",
}
_EXTREMES = {"min": "least", "max": "greatest"}
_DONE = {"+": "plus", "-": "less", "*": "times", "/": "over"}
_EXACT_PLACES = 9
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def in_words(
    expression: Expression,
    parameters: Mapping[str, str],
    labels: Mapping[str, str],
    flags: Collection[str] = (),
) -> str:
    """An expression as a person would read it out.

    `parameters` are the texts of their values, `labels` the usual names of fields, `flags` the
    names of facts that are a matter of yes or no.
    """
    return _Words(parameters, labels, (*BOOLEAN_FIELDS, *flags)).of(expression)


class _Words:
    def __init__(
        self, parameters: Mapping[str, str], labels: Mapping[str, str], flags: Collection[str]
    ) -> None:
        self.parameters = parameters
        self.labels = labels
        self.flags = flags

    def of(self, expression: Expression) -> str:  # noqa: C901, PLR0911, PLR0912 - once for each kind
        """A number or a condition in words."""
        match expression:
            case Number():
                return _number(expression)
            case Truth(value):
                return "always" if value else "never"
            case Name(name):
                return self._name(name)
            case Text(value):
                return f'"{value}"'
            case Arithmetic(operator, left, right):
                return f"{self._part(left)} {_DONE[operator]} {self._part(right)}"
            case Negation(operand):
                return f"minus {self._part(operand)}"
            case Absolute(operand):
                return f"the size of {self._part(operand)}"
            case Extremum(kind, operands):
                return f"the {_EXTREMES[kind]} of {listed([self.of(part) for part in operands])}"
            case Table() | Stepped():
                return "a value from a table"
            case Comparison():
                return self._comparison(expression)
            case Membership(operand, options):
                return f"{self.of(operand)} is {listed([self.of(o) for o in options], 'or')}"
            case Between(operand, low, high):
                return f"{self.of(operand)} is between {self.of(low)} and {self.of(high)}"
            case Not(operand):
                return self._not(operand)
            case Junction(kind, operands):
                return f" {kind} ".join(self._part(part) for part in operands)
            case Conditional(condition, consequence, alternative):
                chosen = f"{self.of(consequence)} if {self.of(condition)}"
                return f"{chosen}, otherwise {self.of(alternative)}"
            case Implication(premise, conclusion):
                return f"wherever {self.of(premise)}, {self.of(conclusion)}"
            case Equivalence(left, right):
                return f"{self._part(left)} just where {self._part(right)}"
            case _:
                assert_never(expression)

    def _comparison(self, node: Comparison) -> str:
        texts = isinstance(node.left, Text) or isinstance(node.right, Text)
        compared = "is" if texts and node.operator == "==" else _COMPARED[node.operator]
        return f"{self.of(node.left)} {compared} {self.of(node.right)}"

    def _part(self, expression: Expression) -> str:
        """As `of`, in parentheses where it would not be clear how far it goes."""
        words = self.of(expression)
        match expression:
            case Arithmetic() | Junction() | Conditional() | Implication() | Equivalence():
                return f"({words})"
            case _:
                return words

    def _not(self, operand: Expression) -> str:
        match operand:
            case Comparison(operator, left, right):
                return f"{self.of(left)} {_COMPARED[_NEGATED[operator]]} {self.of(right)}"
            case Name(name):
                return f"not {self._name(name)}"
            case _:
                return f"it is not so that {self.of(operand)}"

    def _name(self, name: str) -> str:
        if name in self.parameters:
            return f"the {_plain(name)} ({self.parameters[name]})"
        owner, dot, rest = name.partition(".")
        if not dot or name in self.labels:  # of a meter, it has a dot and no owner
            plain = self.labels.get(name) or _plain(name)
            return plain if name in self.flags else f"the {plain}"
        plain = self.labels.get(rest) or _plain(rest)
        return f"the {plain} at list" if owner == "baseline" else f"the {owner}'s {plain}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _number(number: Number) -> str:
    if number.percent:
        return percentage(number.value, _EXACT_PLACES)
    text = exact(Fraction(number.value))
    return f"{text} {number.unit}" if number.unit else text
