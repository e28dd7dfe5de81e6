"""Choices compared with texts: which comparisons say something, and what they are short for.

For every text of a choice there is a condition, with a name that no rule can write; a comparison
becomes these, so that only the static check knows texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from constraints.language.dimensions import Choice, Vocabulary
from constraints.language.expressions import (
    Comparison,
    Expression,
    Junction,
    Membership,
    Name,
    Not,
    Number,
    Text,
    children,
)
from constraints.text.source import Issue, Span, did_you_mean


def meanings(name: str, choice: Choice) -> Iterator[tuple[str, Expression]]:
    """The conditions of a choice whose value is the place of its text, from 0."""
    for place, text in enumerate(choice.values):
        yield _picked(name, text), Comparison("==", Name(name), Number(Fraction(place)))


def _picked(name: str, text: str) -> str:
    """The name of the condition that a choice is a text."""
    return f'{name} == "{text}"'


def is_selection(node: Comparison | Membership, vocabulary: Vocabulary) -> bool:
    """Whether texts or choices are compared."""
    return any(isinstance(part, Text) or _choice(part, vocabulary) for part in children(node))


def selection(
    node: Comparison | Membership, vocabulary: Vocabulary
) -> tuple[Expression | None, list[Issue]]:
    """What a comparison of a choice with texts is short for, or what is wrong with it."""
    if isinstance(node, Membership):
        return _selected(node.operand, node.options, node.span, vocabulary)
    left, right = node.left, node.right
    if isinstance(left, Text) and not isinstance(right, Text):
        left, right = right, left
    if node.operator not in {"==", "!="}:
        return None, [Issue(node.span, "texts have no order", "write `==`, `!=` or `in`")]
    chosen, issues = _selected(left, (right,), node.span, vocabulary)
    if chosen is not None and node.operator == "!=":
        chosen = Not(chosen, node.span)
    return chosen, issues


def _choice(part: Expression, vocabulary: Vocabulary) -> Choice | None:
    symbol = vocabulary.symbols.get(part.name) if isinstance(part, Name) else None
    return symbol.kind if symbol and isinstance(symbol.kind, Choice) else None


def _selected(
    operand: Expression, options: Sequence[Expression], span: Span, vocabulary: Vocabulary
) -> tuple[Expression | None, list[Issue]]:
    choice = _choice(operand, vocabulary)
    if choice is None or not isinstance(operand, Name):
        return None, [_no_choice(operand, vocabulary)]
    issues = [issue for part in options for issue in _faults(operand.name, choice, part)]
    if issues:
        return None, issues
    texts = [part.value for part in options if isinstance(part, Text)]
    names = tuple(Name(_picked(operand.name, text), span) for text in texts)
    return (names[0] if len(names) == 1 else Junction("or", names, span)), []


def _no_choice(operand: Expression, vocabulary: Vocabulary) -> Issue:
    choices = [name for name, s in vocabulary.symbols.items() if isinstance(s.kind, Choice)]
    name = operand.name if isinstance(operand, Name) else ""
    known = ", ".join(f"`{choice}`" for choice in choices)
    hint = did_you_mean(name, choices) or f"the choices are {known}"
    if name and name not in vocabulary.symbols:
        return Issue(operand.span, f"`{name}` is not a known name", hint)
    return Issue(operand.span, "only a choice can be compared with a text", hint)


def _faults(name: str, choice: Choice, part: Expression) -> Iterator[Issue]:
    values = ", ".join(f'`"{text}"`' for text in choice.values)
    if not isinstance(part, Text):
        message = f"`{name}` is a choice: compare it with one of its texts"
        yield Issue(part.span, message, f"they are {values}")
    elif part.value not in choice.values:
        known = [f'"{text}"' for text in choice.values]
        nearest = did_you_mean(f'"{part.value}"', known)
        message = f'`"{part.value}"` is not a value of `{name}`'
        yield Issue(part.span, message, nearest or f"its values are {values}")
