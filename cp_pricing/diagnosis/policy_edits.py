"""The edit of one limit in the policy's text that would admit a request."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import NotAGoalError
from constraints.language.checking import check
from constraints.language.dimensions import CONDITION, Dimension
from constraints.language.expressions import Comparison, Conditional, Expression, names
from constraints.language.syntax import ExpressionError, parse
from constraints.text.numerals import decimal_string
from cp_pricing.book.vocabulary import as_charged
from cp_pricing.diagnosis.limits import Moves, costs, limit_of
from cp_pricing.fields import CONFIDENCE_RULE, LTV_RULE, SET_UNDER
from cp_pricing.results import PolicyEdit, SourcePlace

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.decision.ladder import Answer
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.pricing import Pricing

_HUNDRED = 100


def policy_edits(deal: Deal) -> tuple[PolicyEdit, ...]:
    """The smallest change of one limit that admits the request, for each rule where there is one.

    Each is an edit of the rule's text, and has been solved again with it.
    """
    rules = [deal.offer.rules[name] for name in deal.in_force()]
    cost = costs(deal, [rule for rule in rules if limit_of(rule)])
    needed = (deal.offer.rules[name] for name, one in cost.items() if one.relief)
    edits = (_edit(deal, rule) for rule in needed)
    return tuple(edit for edit in edits if edit is not None)


def _edit(deal: Deal, rule: CheckedRule) -> PolicyEdit | None:
    limit = limit_of(rule)
    if limit is None:
        return None
    moves = Moves(deal, rule, limit)
    try:
        least = moves.smallest(None)
    except (NotAGoalError, NoModelError):
        return None  # the rule's side is no goal, so no smallest change can be proved
    if least is None:
        return None
    # Few digits first; where these are refused, the least move itself.
    for room in dict.fromkeys((moves.written(least), least)):
        after = None if moves.fixed is None else limit.after(moves.fixed, room)
        old, new = _edited(deal.pricing, rule, after, room)
        # The edit of a built-in rule is of a setting; any other is solved as its text reads.
        if rule.id == LTV_RULE:
            answer = moves.best_with_improvement(room)
        elif rule.id == CONFIDENCE_RULE:
            answer = None if after is None or after <= 0 else moves.best_under(limit.moved(room))
        else:
            condition = _condition_in(deal.pricing, new)
            answer = None if condition is None else moves.best_under(condition)
        if answer is not None:
            return _policy_edit(rule, (old, new), answer, room)
    return None


def _policy_edit(
    rule: CheckedRule, texts: tuple[str, str], answer: Answer, room: Fraction
) -> PolicyEdit:
    return PolicyEdit(
        rule=rule.id,
        old=texts[0],
        new=texts[1],
        change=room,
        unit=rule.dimension.unit,
        buys=answer.outcome,
        # The line of the condition; of a built-in rule, that of the policy where it is set.
        source=SourcePlace.of(rule.source if rule.id in SET_UNDER else rule.require.span),
    )


def _quantity(value: Fraction, dimension: Dimension) -> str:
    """A number as an author writes it: `12 month`, `0.000004 USD/token`, `35%`."""
    if dimension.is_share:
        return f"{decimal_string(value * _HUNDRED)}%"
    unit = dimension.unit
    if not unit or unit.startswith("1/"):  # no unit that can be written, so that of its place
        return decimal_string(value)
    return f"{decimal_string(value)} {unit.replace(' * ', '*')}"


def _edited(
    pricing: Pricing, rule: CheckedRule, limit: Fraction | None, room: Fraction
) -> tuple[str, str]:
    """A rule's text before and after its limit is moved by `room`, to `limit` if it is fixed."""
    dimension = rule.dimension
    if rule.id == LTV_RULE:
        amount = pricing.policy.min_improvement_amount
        old, new = (_quantity(value, dimension) for value in (amount, amount - room))
        return f"min_improvement_amount: {old}", f"min_improvement_amount: {new}"
    if rule.id == CONFIDENCE_RULE and limit is not None:
        old, new = (_quantity(value, dimension) for value in (limit + room, limit))
        return f"at_least: {old}", f"at_least: {new}"
    text = rule.text
    node = parse(text)
    if not isinstance(node, Comparison):
        return text, text
    # A strict inequality takes its new limit in, for that is the least that admits the request.
    operator = node.operator if node.operator.endswith("=") else f"{node.operator}="
    start, end = node.right.span.column - 1, node.right.span.end_column - 1
    before, right, after = text[:start], text[start:end], text[end:]
    left = node.left.span.end_column - 1
    head = before[:left] + before[left:].replace(node.operator, operator, 1)
    if limit is not None:
        # A bare number takes the unit of its place; between constants there is no other to be had.
        written = _quantity(limit, dimension) if names(node) else decimal_string(limit)
        return text, f"{head}{written}{after}"
    sign = "-" if operator == ">=" else "+"
    right = f"({right})" if isinstance(node.right, Conditional) else right
    return text, f"{head}{right} {sign} {_quantity(room, dimension)}{after}"


def _condition_in(pricing: Pricing, text: str) -> Expression | None:
    """The condition that a text says, `None` where it says none."""
    try:
        node = parse(text)
    except ExpressionError:
        return None
    checked, issues = check(as_charged(node), pricing.policy.vocabulary, CONDITION)
    return None if issues else checked.expression
