"""The static check: names, dimensions and denominators, before a text is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import assert_never

from constraints.language.dimensions import (
    ANY,
    BARE,
    CONDITION,
    PERCENTAGE,
    PURE,
    Choice,
    Dimension,
    Interval,
    Kind,
    Vocabulary,
    multiplied,
    put_together,
)
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
    children,
    depth,
    names,
    simple,
)
from constraints.language.selection import is_selection, selection
from constraints.language.sizes import LEAF, Size, size
from constraints.text.numerals import decimal_string
from constraints.text.source import Issue, Span, did_you_mean
from constraints.text.spoken import spoken_percentages, unit_in_full

# Evaluation and compilation go down level by level, and Python's stack has room for some more.
MAXIMUM_LEVELS = 100
# A value is exact, so each product has the digits of both its factors: so many leaf values are
# more than any policy multiplies, and few enough for a value to be worked out at once.
MAXIMUM_SIZE = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked expression: units converted to base units, its kind and its bounds.

    `kind` and `bounds` are `None` and unbounded where a fault hides them; `levels` says how deeply
    the whole is nested, names written out, and `size` how long its value may get. `dimensions` has
    those of both sides of every comparison, which its converted numbers do not show any more.
    """

    expression: Expression
    kind: Kind | None
    bounds: Interval = ANY
    levels: int = 1
    size: Size = LEAF
    dimensions: Mapping[Comparison, Dimension] = field(default_factory=dict)


def check(
    expression: Expression, vocabulary: Vocabulary, expects: Kind | None = None
) -> tuple[Checked, list[Issue]]:
    """Check an expression against a vocabulary and, if given, the kind that its place expects."""
    checker = _Checker(vocabulary)
    checked = replace(
        checker.check(expression),
        levels=depth(expression, checker.levels_of),
        size=size(expression, checker.size_of),
        dimensions=checker.dimensions,
    )
    if expects is not None and not checker.issues:
        checker.expect(checked, expects, expression.span)
    if checked.levels > MAXIMUM_LEVELS:
        hint = "use fewer definitions inside one another"
        checker.fault(expression.span, "this is nested too deeply, its names written out", hint)
        # Said once, not wherever a name for it is used.
        checked = replace(checked, levels=1)
    if checked.size.total > MAXIMUM_SIZE:
        hint = (
            f"at most {MAXIMUM_SIZE} factors, those in definitions counted wherever they are used"
        )
        checker.fault(expression.span, "too many factors are multiplied with one another", hint)
        # What uses it is not worth checking: its kind and bounds grow as its value does.
        checked = Checked(checked.expression, None, levels=checked.levels)
    return checked, checker.issues


class _Checker:
    """One walk over a tree, bottom-up, that gathers every fault on its way."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.issues: list[Issue] = []
        self.dimensions: dict[Comparison, Dimension] = {}

    def levels_of(self, name: str) -> int:
        symbol = self.vocabulary.symbols.get(name)
        return symbol.levels if symbol else 0

    def size_of(self, name: str) -> Size:
        symbol = self.vocabulary.symbols.get(name)
        return symbol.size if symbol else LEAF

    def fault(self, span: Span, message: str, hint: str = "") -> None:
        self.issues.append(Issue(span, message, hint))

    def expect(self, checked: Checked, expects: Kind, span: Span) -> None:
        if expects == CONDITION and checked.kind != CONDITION:
            hint = "compare it with something, as in `... >= 0`"
            self.fault(span, f"a condition is needed here, and this is {_said(checked.kind)}", hint)
        elif expects != CONDITION and checked.kind == CONDITION:
            self.fault(span, "a number is needed here, and this is a condition")
        elif isinstance(expects, Dimension) and checked.kind not in (expects, BARE):
            self.fault(span, f"expected {expects}, found {_said(checked.kind)}")

    def check(self, node: Expression) -> Checked:
        match node:
            case Number():
                return self._number(node)
            case Truth():
                return Checked(node, CONDITION)
            case Name():
                return self._name(node)
            case Arithmetic():
                return self._arithmetic(node)
            case Negation() | Absolute():
                return self._unary(node)
            case Extremum():
                return self._extremum(node)
            case Conditional():
                return self._conditional(node)
            case Table():
                return self._table(node)
            case Stepped():
                for key in children(node):
                    self.check(key)
                return Checked(node, BARE)
            case Text():
                self.fault(node.span, "a text can only be compared with a choice")
                return Checked(node, None)
            case Comparison() | Membership() if is_selection(node, self.vocabulary):
                return self._selection(node)
            case Comparison():
                return self._comparison(node)
            case Membership() | Between():
                return self._listed(node)
            case Not() | Junction() | Implication() | Equivalence():
                return self._logic(node)
            case _:
                assert_never(node)

    def _table(self, node: Table) -> Checked:
        """A table is looked up by what takes finitely many values, which a name may and `if`."""
        waiting = list(node.keys)
        while waiting:
            key = waiting.pop(0)
            match key:
                case Conditional(condition, consequence, alternative):
                    self._condition(condition)
                    waiting += [consequence, alternative]
                case Name() | Number() | Truth():
                    self.check(key)
                case _:
                    hint = "give it a name, or choose it with `if`"
                    self.fault(key.span, "a table cannot be looked up by a calculation", hint)
        return Checked(node, BARE)

    def _number(self, node: Number) -> Checked:
        if node.unit is None:
            plain = Number(node.value, span=node.span)
            return Checked(plain, PERCENTAGE if node.percent else BARE, Interval.point(node.value))
        dimension, factor = self._unit(node, node.unit)
        value = node.value * factor
        return Checked(Number(value, span=node.span), dimension, Interval.point(value))

    def _unit(self, node: Number, text: str) -> tuple[Dimension | None, Fraction]:
        dimension, factor = PURE, Fraction(1)
        for place, part in enumerate(text.split("/")):
            unit = self.vocabulary.units.get(part)
            if unit is None:
                self._unknown_unit(node, part, is_divisor=place > 0)
                return None, Fraction(1)
            dimension = dimension / unit.dimension if place else unit.dimension
            factor = factor / unit.factor if place else unit.factor
        return dimension, factor

    def _unknown_unit(self, node: Number, part: str, *, is_divisor: bool) -> None:
        units = self.vocabulary.units
        in_full = unit_in_full(part, several=not is_divisor and node.value != 1)
        if part in self.vocabulary.symbols:
            hint = f"to multiply, write `*` between the number and `{part}`"
        elif part == node.unit and spoken_percentages(f"1{part}"):
            hint = f"write `{decimal_string(node.value)}%`"
        elif in_full in units:
            hint = f"did you mean `{in_full}`?"
        else:
            hint = did_you_mean(part, units) or f"the units are `{'`, `'.join(units)}`"
        self.fault(node.span, f"`{part}` is not a known unit", hint)

    def _name(self, node: Name) -> Checked:
        symbol = self.vocabulary.symbols.get(node.name)
        if symbol is None:
            if node.name in self.vocabulary.units:
                hint = "a unit follows its number, with no blanks around `/`: `5 USD/month`"
            else:
                told = self.vocabulary.instead.get(node.name)
                hint = told or did_you_mean(node.name, self.vocabulary.symbols)
            self.fault(node.span, f"`{node.name}` is not a known name", hint)
            return Checked(node, None)
        if isinstance(symbol.kind, Choice):
            hint = f'like `{node.name} == "{symbol.kind.values[0]}"`'
            self.fault(node.span, f"`{node.name}` is a choice: compare it with a text", hint)
            return Checked(node, None)
        return Checked(node, symbol.kind, symbol.bounds)

    def _arithmetic(self, node: Arithmetic) -> Checked:
        left, right = self._operand(node.left), self._operand(node.right)
        built = replace(node, left=left.expression, right=right.expression)
        if node.operator in {"+", "-"}:
            word = "add" if node.operator == "+" else "subtract"
            kind = self._common(node.span, word, (left, right))
            bounds = left.bounds + (right.bounds if node.operator == "+" else -right.bounds)
            return Checked(built, kind, bounds)
        if node.operator == "*":
            bounds = _product(left.bounds, right.bounds)
            return Checked(built, self._product(left, right, 1), bounds)
        self._denominator(node.right, right)
        bounds = left.bounds / right.bounds if right.bounds.non_negative else ANY
        return Checked(built, self._product(left, right, -1), bounds)

    def _denominator(self, node: Expression, checked: Checked) -> None:
        bounds = checked.bounds
        if checked.kind is None or checked.kind == CONDITION:
            return
        # Bounds alone would take a zero for harmless: nothing in them is negative.
        if bounds == Interval.point(Fraction(0)) and not names(node):
            self.fault(node.span, "this divides by zero")
        elif not bounds.non_negative:
            low = "" if bounds.low is None else decimal_string(bounds.low, 6)
            least = low and f"; it can be as low as {low}"
            hint = "multiply the comparison out, or divide by something that is never negative"
            self.fault(node.span, f"this denominator may be negative{least}", hint)

    def _unary(self, node: Negation | Absolute) -> Checked:
        operand = self._operand(node.operand)
        bounds = -operand.bounds if isinstance(node, Negation) else operand.bounds.absolute()
        return Checked(replace(node, operand=operand.expression), operand.kind, bounds)

    def _extremum(self, node: Extremum) -> Checked:
        operands = [self._operand(operand) for operand in node.operands]
        kind = self._common(node.span, "compare", operands)
        bounds = operands[0].bounds
        for operand in operands[1:]:
            least = node.kind == "min"
            bounds = bounds.minimum(operand.bounds) if least else bounds.maximum(operand.bounds)
        built = replace(node, operands=tuple(operand.expression for operand in operands))
        return Checked(built, kind, bounds)

    def _conditional(self, node: Conditional) -> Checked:
        condition = self._condition(node.condition)
        branches = self.check(node.consequence), self.check(node.alternative)
        kinds = [branch.kind for branch in branches]
        kind: Kind | None
        if None in kinds or kinds == [CONDITION, CONDITION]:
            kind = None if None in kinds else CONDITION
        elif CONDITION in kinds:
            kind = None
            self.fault(node.span, "one branch is a condition and the other a number")
        else:
            kind = self._common(node.span, "choose between", branches)
        then, other = (branch.expression for branch in branches)
        built = Conditional(condition.expression, then, other, node.span)
        return Checked(built, kind, Interval.hull(branch.bounds for branch in branches))

    def _comparison(self, node: Comparison) -> Checked:
        left, right = self.check(node.left), self.check(node.right)
        if left.kind == right.kind == CONDITION and node.operator in {"==", "!="}:
            same = Equivalence(left.expression, right.expression, node.span)
            return Checked(same if node.operator == "==" else Not(same, node.span), CONDITION)
        for side, part in ((left, node.left), (right, node.right)):
            if side.kind == CONDITION:
                self.fault(part.span, "a number is needed here, and this is a condition")
        built = replace(node, left=left.expression, right=right.expression)
        if CONDITION not in {left.kind, right.kind}:
            self._compared(built, (left, right))
        return Checked(built, CONDITION)

    def _selection(self, node: Comparison | Membership) -> Checked:
        chosen, issues = selection(node, self.vocabulary)
        self.issues += issues
        return Checked(chosen or node, None if issues else CONDITION)

    def _listed(self, node: Membership | Between) -> Checked:
        others = node.options if isinstance(node, Membership) else (node.low, node.high)
        parts = [self._operand(part) for part in (node.operand, *others)]
        first, *rest = (part.expression for part in parts)
        built: Membership | Between
        if isinstance(node, Membership):
            built = Membership(first, tuple(rest), node.span)
        else:
            built = Between(first, rest[0], rest[1], node.span)
        self._compared(built, parts)
        return Checked(built, CONDITION)

    def _compared(self, node: Comparison | Membership | Between, parts: Sequence[Checked]) -> None:
        """Note what is compared, for each of the comparisons that a list of values is short for."""
        common = self._common(node.span, "compare", parts)
        dimension = common if isinstance(common, Dimension) else PURE
        plain = simple(node)
        for comparison in (plain,) if isinstance(plain, Comparison) else children(plain):
            if isinstance(comparison, Comparison):
                self.dimensions[comparison] = dimension

    def _logic(self, node: Not | Junction | Implication | Equivalence) -> Checked:
        match node:
            case Not(operand):
                built: Expression = replace(node, operand=self._condition(operand).expression)
            case Junction(_, operands):
                parts = tuple(self._condition(operand).expression for operand in operands)
                built = replace(node, operands=parts)
            case Implication(premise, conclusion):
                first, second = self._condition(premise), self._condition(conclusion)
                built = Implication(first.expression, second.expression, node.span)
            case Equivalence(left, right):
                first, second = self._condition(left), self._condition(right)
                built = Equivalence(first.expression, second.expression, node.span)
            case _:
                assert_never(node)
        return Checked(built, CONDITION)

    def _condition(self, node: Expression) -> Checked:
        checked = self.check(node)
        if checked.kind not in (CONDITION, None):
            self.expect(checked, CONDITION, node.span)
        return checked

    def _operand(self, node: Expression) -> Checked:
        checked = self.check(node)
        if checked.kind == CONDITION:
            self.fault(node.span, "a number is needed here, and this is a condition")
            return replace(checked, kind=None)
        return checked

    def _common(self, span: Span, action: str, parts: Sequence[Checked]) -> Kind | None:
        """The one kind of all parts; bare numbers take that of the others."""
        kinds = [part.kind for part in parts if part.kind is not None]
        if len(kinds) < len(parts):
            return None
        firm = [kind for kind in kinds if kind != BARE]
        for kind in firm[1:]:
            if kind != firm[0]:
                self.fault(span, f"cannot {action} {firm[0]} {_joint(action)} {kind}")
                return None
        return put_together(kinds)

    def _product(self, left: Checked, right: Checked, sign: int) -> Kind | None:
        if left.kind is None or right.kind is None:
            return None
        return multiplied(left.kind, right.kind, sign, self.vocabulary.wholes)


def _joint(action: str) -> str:
    return {"add": "and", "subtract": "and", "choose between": "and"}.get(action, "with")


def _product(left: Interval, right: Interval) -> Interval:
    """The bounds of a product, which is taken for non-negative only where both factors are.

    A comparison is multiplied through by every factor of a denominator, and two negative factors
    need not stand under the same terms.
    """
    bounds = left * right
    if bounds.non_negative and not (left.non_negative and right.non_negative):
        return Interval(None, bounds.high)
    return bounds


def _said(kind: Kind | None) -> str:
    if isinstance(kind, Dimension) and kind != PURE:
        return f"a number of {kind}"
    return "a condition" if kind == CONDITION else "a number"
