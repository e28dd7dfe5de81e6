"""Expressions to the integer model: the second interpreter of the language.

A number is compiled to *cases*: exact linear forms, of which exactly one holds, each under its
guard literals. Only integer variables and exact rational coefficients occur in them, so nothing
is rounded here; rounding is the business of posting a row (see `integer_model`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from constraints.cpsat.integer_model import (
    FALSE,
    TRUE,
    Affine,
    IntegerModel,
    Largest,
    Literal,
    NumericOverflow,
    Product,
    negated,
)
from constraints.cpsat.integer_model import (
    VARIABLE_LIMIT as _LIMIT,
)
from constraints.cpsat.linear import Linear
from constraints.language.domains import Domain
from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    ComparisonOperator,
    Condition,
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
    Table,
    Truth,
    Value,
    simple,
)

Bindings: TypeAlias = Mapping[str, "Expression | Fraction | bool | Domain"]
Guards: TypeAlias = tuple[Literal, ...]

MAXIMUM_CASES = 512
_WIDE = 4
_LISTED, _MANY = 100, 500
_FAR, _FAR_FACTOR = 1 << 36, 1000
_FLIPPED: Mapping[ComparisonOperator, ComparisonOperator] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A linear form over denominators, valid where all guards are true."""

    guards: Guards
    numerator: Linear
    factors: Mapping[Expression, tuple[Linear, int]]


Cases: TypeAlias = tuple[Case, ...]


_NO_FACTORS: Mapping[Expression, tuple[Linear, int]] = {}


def _constant(value: Fraction) -> Cases:
    return (Case((), Linear.of(value), _NO_FACTORS),)


class Compiler:
    """Compiles conditions and numbers into one integer model, each named quantity once.

    `bindings` gives every name a value, an expression, or a domain (a number to be chosen);
    `choices` are the conditions to be chosen. Raises `NumericOverflow` where a quantity does not
    fit 64-bit integers.
    """

    def __init__(self, bindings: Bindings, choices: Sequence[str] = ()) -> None:
        self.model = IntegerModel()
        self.variables: dict[str, int] = {}
        self._bindings = bindings
        self._domains: dict[str, Domain] = {}
        self._numbers: dict[str, Cases] = {}
        self._literals: dict[Expression, Literal] = {}
        self._halves: dict[tuple[Expression, bool], Literal] = {}
        self._products: dict[tuple[int, int], int] = {}
        self._equals: dict[tuple[int, int], Literal] = {}
        self._pinned: dict[Literal, int] = {}
        self._largest: dict[tuple[Affine, ...], int] = {}
        for name, bound in bindings.items():
            if isinstance(bound, Domain):
                self._domains[name] = bound
                self.variables[name] = self._choice(name, bound)
        for name in choices:
            self.variables[name] = self.model.boolean()

    def _choice(self, name: str, domain: Domain) -> int:
        indices = domain.indices
        try:
            if isinstance(indices, range):
                return self.model.variable(indices[0], indices[-1])
            return self.model.sparse_variable(indices)
        except NumericOverflow as overflow:
            msg = f"`{name}` needs {overflow}"
            raise NumericOverflow(msg) from None

    # --- conditions -----------------------------------------------------------------------

    def enforce(self, condition: Expression, guards: Guards, *, holds: bool = True) -> None:
        """Require that a condition holds (or fails) wherever all guards are true."""
        match condition:
            case Not(operand):
                self.enforce(operand, guards, holds=not holds)
            case Comparison(operator, left, right):
                self._post(operator if holds else _FLIPPED[operator], left, right, guards)
            case Junction(kind, operands) if (kind == "and") == holds:
                for operand in operands:
                    self.enforce(operand, guards, holds=holds)
            case Junction(_, operands):
                enough = [self._enough(operand, holds=holds) for operand in operands]
                self.model.clause([*(negated(guard) for guard in guards), *enough])
            case Membership() | Between() | Implication():
                self.enforce(simple(condition), guards, holds=holds)
            case Name(name) if self._is_expression(name):
                self.enforce(self._expression(name), guards, holds=holds)
            case _:
                literal = self.literal(condition)
                self._imply(guards, literal if holds else negated(literal))

    def _enough(self, condition: Expression, *, holds: bool) -> Literal:
        """A literal that can be true only where a condition holds (or fails).

        One direction is all that a disjunction needs, at half the rows of a full equivalence:
        D. A. Plaisted and S. Greenbaum, "A Structure-preserving Clause Form Translation", Journal
        of Symbolic Computation 2 (1986).
        """
        if isinstance(condition, Not):
            return self._enough(condition.operand, holds=not holds)
        if isinstance(condition, Truth) or condition in self._literals:
            literal = self.literal(condition)
            return literal if holds else negated(literal)
        known = self._halves.get((condition, holds))
        if known is None:
            known = self._halves[condition, holds] = self._half(condition, holds=holds)
        return known

    def _half(self, condition: Expression, *, holds: bool) -> Literal:
        if isinstance(condition, Membership | Between | Implication):
            return self._enough(simple(condition), holds=holds)
        if isinstance(condition, Comparison) and condition.operator not in {"==", "!="}:
            operator = condition.operator if holds else _FLIPPED[condition.operator]
            cases = self._difference(condition.left, condition.right)
            verdicts = {_verdict(operator, case.numerator) for case in cases}
            if len(verdicts) == 1 and None not in verdicts:
                return TRUE if True in verdicts else FALSE
            literal = self.model.boolean()
            self._post_cases(operator, cases, (literal,))
            return literal
        if isinstance(condition, Junction):
            literal = self.model.boolean()
            self.enforce(condition, (literal,), holds=holds)
            return literal
        literal = self.literal(condition)
        return literal if holds else negated(literal)

    def _imply(self, guards: Guards, literal: Literal) -> None:
        self.model.clause([*(negated(guard) for guard in guards), literal])

    def literal(self, condition: Expression) -> Literal:
        """A literal that is true exactly where the condition holds."""
        known = self._literals.get(condition)
        if known is None:
            known = self._literals[condition] = self._reified(condition)
        return known

    def _reified(self, condition: Expression) -> Literal:
        match condition:
            case Truth(value):
                return TRUE if value else FALSE
            case Name(name):
                return self._named_literal(name)
            case Not(operand):
                return negated(self.literal(operand))
            case Junction("and", operands):
                return self._all([self.literal(operand) for operand in operands])
            case Junction(_, operands):
                return negated(self._all([negated(self.literal(part)) for part in operands]))
            case Comparison(operator, left, right):
                return self._reified_comparison(operator, left, right)
            case Conditional(test, consequence, alternative):
                return self._chosen(test, consequence, alternative)
            case Membership() | Between() | Implication() | Equivalence():
                return self.literal(simple(condition))
            case Number() | Arithmetic() | Negation() | Extremum() | Absolute() | Table():
                msg = "a condition is needed, and this is a number"
                raise TypeError(msg)
            case _:
                assert_never(condition)

    def _named_literal(self, name: str) -> Literal:
        bound = self._bindings.get(name)
        if isinstance(bound, bool):
            return TRUE if bound else FALSE
        if bound is None:
            return self.variables[name]
        return self.literal(self._expression(name))

    def _all(self, literals: Sequence[Literal]) -> Literal:
        """A literal that is true exactly where all given ones are."""
        kept = list(dict.fromkeys(literal for literal in literals if literal != TRUE))
        if FALSE in kept or any(negated(literal) in kept for literal in kept):
            return FALSE
        if len(kept) <= 1:
            return kept[0] if kept else TRUE
        both = self.model.boolean()
        for literal in kept:
            self._imply((both,), literal)
        self.model.clause([both, *(negated(literal) for literal in kept)])
        return both

    def _chosen(self, test: Expression, yes: Expression, no: Expression) -> Literal:
        condition, first, second = self.literal(test), self.literal(yes), self.literal(no)
        taken = self._all([condition, first])
        other = self._all([negated(condition), second])
        return negated(self._all([negated(taken), negated(other)]))

    def _reified_comparison(
        self, operator: ComparisonOperator, left: Expression, right: Expression
    ) -> Literal:
        if operator == "==":
            parts = [Comparison("<=", left, right), Comparison(">=", left, right)]
            return self._all([self.literal(part) for part in parts])
        if operator == "!=":
            return negated(self.literal(Comparison("==", left, right)))
        cases = self._difference(left, right)
        verdicts = {_verdict(operator, case.numerator) for case in cases}
        if len(verdicts) == 1 and None not in verdicts:
            return TRUE if True in verdicts else FALSE
        literal = self.model.boolean()
        self._post_cases(operator, cases, (literal,))
        self._post_cases(_FLIPPED[operator], cases, (negated(literal),))
        return literal

    def _post(
        self, operator: ComparisonOperator, left: Expression, right: Expression, guards: Guards
    ) -> None:
        if operator == "!=":
            self._imply(guards, self.literal(Comparison("!=", left, right)))
            return
        self._post_cases(operator, self._difference(left, right), guards)

    def _post_cases(self, operator: ComparisonOperator, cases: Cases, guards: Guards) -> None:
        """Post `number operator 0` for a number by its cases, wherever all guards are true."""
        for case in cases:
            held = (*guards, *case.guards)
            match operator:
                case ">=" | ">":
                    self.model.require(case.numerator, held, strict=operator == ">")
                case "<=" | "<":
                    self.model.require(-case.numerator, held, strict=operator == "<")
                case "==":
                    self.model.require_zero(case.numerator, held)
                case "!=":
                    msg = "a difference is posted through its literal"
                    raise TypeError(msg)
                case _:
                    assert_never(operator)

    def _difference(self, left: Expression, right: Expression) -> Cases:
        """`left - right` after multiplying through by all denominators."""
        return self._merge(
            (self.number(left), self.number(right)),
            lambda first, second: (self._over_common((first, second), lambda a, b: a - b)[0], {}),
        )

    # --- numbers --------------------------------------------------------------------------

    def number(self, expression: Expression) -> Cases:
        """The exact cases of a number."""
        if isinstance(expression, Name):
            return self._named_number(expression.name)
        if isinstance(expression, Number):
            return _constant(expression.value)
        if isinstance(expression, Arithmetic):
            return self._arithmetic(expression.operator, expression.left, expression.right)
        match expression:
            case Negation(operand):
                return _mapped(self.number(operand), Linear.__neg__)
            case Absolute(operand):
                return self._extremum("max", (operand, Negation(operand)))
            case Extremum(kind, operands):
                return self._extremum(kind, operands)
            case Conditional():
                return self._conditional(expression)
            case Table(keys, rows):
                return self._table(keys, rows)
            case _:
                msg = "a number is needed, and this is a condition"
                raise TypeError(msg)

    def linear(self, name: str) -> Linear:
        """The linear form of a number to be chosen."""
        domain, variable = self._domains[name], self.variables[name]
        return Linear.variable(variable, *self.model.bounds(variable), domain.step, domain.base)

    def _named_number(self, name: str) -> Cases:
        known = self._numbers.get(name)
        if known is None:
            bound = self._bindings[name]
            if isinstance(bound, Domain):
                known = self._chosen_number(name, bound)
            elif isinstance(bound, Fraction):
                known = _constant(bound)
            else:
                known = self.number(self._expression(name))
            self._numbers[name] = known
        return known

    def _chosen_number(self, name: str, domain: Domain) -> Cases:
        """A number to be chosen; a greatest value far beyond the others is a case of its own."""
        if len(domain) == 1:
            return _constant(domain.low)
        second, top = domain.indices[-2:]
        if top < _FAR or top < _FAR_FACTOR * abs(second):
            return (Case((), self.linear(name), {}),)
        # With it in one form, products with it would outgrow 64 bits for nothing.
        variable, far = self.variables[name], self._equal(self.variables[name], top)
        near = self.model.sparse_variable(domain.indices[:-1])
        bounds = self.model.bounds(near)
        same = Linear.variable(variable, *self.model.bounds(variable)) - Linear.variable(
            near, *bounds
        )
        self.model.require_zero(same, (negated(far),))
        self.model.fix(near, bounds[0], (far,))
        form = Linear.variable(near, *bounds, domain.step, domain.base)
        return (Case((negated(far),), form, {}), Case((far,), Linear.of(domain.high), {}))

    def _is_expression(self, name: str) -> bool:
        return not isinstance(self._bindings.get(name), bool | Fraction | Domain | None)

    def _expression(self, name: str) -> Expression:
        bound = self._bindings.get(name)
        if bound is None or isinstance(bound, bool | Fraction | Domain):
            msg = f"`{name}` is not an expression of the right kind"
            raise TypeError(msg)
        return bound

    def _arithmetic(self, operator: str, left: Expression, right: Expression) -> Cases:
        if operator == "/":
            return self._quotient(left, right)
        parts = (self.number(left), self.number(right))
        if (plain := self._plainly(operator, *parts)) is not None:
            return plain
        if operator == "*":
            return self._merge(parts, lambda a, b: (self._times(a.numerator, b.numerator),
                                                    _joined(a.factors, b.factors)))  # fmt: skip
        if operator == "+":
            return self._merge(parts, lambda a, b: self._over_common((a, b), Linear.__add__))
        return self._merge(parts, lambda a, b: self._over_common((a, b), Linear.__sub__))

    def _plainly(self, operator: str, left: Cases, right: Cases) -> Cases | None:
        """The common case at once: two forms that hold everywhere and have no denominators."""
        if len(left) != 1 or len(right) != 1:
            return None
        a, b = left[0], right[0]
        if a.guards or b.guards or a.factors or b.factors:
            return None
        if operator == "*":
            form = self._times(a.numerator, b.numerator)
        else:
            form = a.numerator + b.numerator if operator == "+" else a.numerator - b.numerator
        return (Case((), form, _NO_FACTORS),)

    def _quotient(self, left: Expression, right: Expression) -> Cases:
        result = self.number(left)
        for factor, power in self._factors(right).items():
            divisor = self.number(factor)
            for _ in range(abs(power)):
                step = self._divided(factor) if power > 0 else self._multiplied
                result = self._merge((result, divisor), step)
        return result

    def _multiplied(self, a: Case, b: Case) -> tuple[Linear, Mapping[Expression, _Factor]]:
        return self._times(a.numerator, b.numerator), _joined(a.factors, b.factors)

    def _divided(self, factor: Expression) -> Callable[[Case, Case], _Parts]:
        """How to divide by a factor: at once by a constant, else kept as a denominator."""

        def divide(a: Case, b: Case) -> _Parts:
            top = a.numerator
            for form, power in b.factors.values():
                for _ in range(power):
                    top = self._times(top, form)
            below = b.numerator
            if below.is_constant and below.offset:
                return top.scaled(1 / below.constant), a.factors
            return top, _joined(a.factors, {factor: (below, 1)})

        return divide

    def _factors(self, expression: Expression) -> dict[Expression, int]:
        """The factors of a product and their powers; a name is what it stands for."""
        match expression:
            case Name(name) if self._is_expression(name):
                return self._factors(self._expression(name))
            case Arithmetic("*" | "/", left, right):
                powers = self._factors(left)
                sign = 1 if expression.operator == "*" else -1
                for factor, power in self._factors(right).items():
                    powers[factor] = powers.get(factor, 0) + sign * power
                return {factor: power for factor, power in powers.items() if power}
            case _:
                return {expression: 1}

    def _conditional(self, node: Conditional) -> Cases:
        condition = self.literal(node.condition)
        if condition in (TRUE, FALSE):
            return self.number(node.consequence if condition == TRUE else node.alternative)
        yes, no = self.number(node.consequence), self.number(node.alternative)
        if _is_constant(yes) and _is_constant(no):
            return self._step(condition, yes[0].numerator.constant, no[0].numerator.constant)
        branches = ((condition, yes), (negated(condition), no))
        return self._limited(
            tuple(
                Case(guards, case.numerator, case.factors)
                for literal, branch in branches
                for case in branch
                if (guards := self._together((literal,), case.guards)) is not None
            )
        )

    def _step(self, literal: Literal, yes: Fraction, no: Fraction) -> Cases:
        """A number with one value where a literal is true and another where it is not."""
        variable, on = (literal, yes) if literal >= 0 else (negated(literal), no)
        off = no if literal >= 0 else yes
        if on == off:
            return _constant(on)
        form = Linear.variable(variable, 0, 1, on - off, off)
        return (Case((), form, {}),)

    def _table(
        self, keys: Sequence[Expression], rows: Mapping[tuple[Value, ...], Fraction]
    ) -> Cases:
        found: list[tuple[Guards, tuple[Value, ...]]] = [((), ())]
        for key in keys:
            found = [
                (together, (*values, value))
                for guards, values in found
                for extra, value in self._key(key)
                if (together := self._together(guards, extra)) is not None
            ]
        return tuple(Case(guards, Linear.of(rows[values]), {}) for guards, values in found)

    def _key(self, key: Expression) -> list[tuple[Guards, Value]]:
        """Every value of a table's key, with the guards under which it has it."""
        match key:
            case Name(name) if len(self._domains.get(name, ())) > 1:
                domain, variable = self._domains[name], self.variables[name]
                return [
                    ((self._equal(variable, index),), domain.value(index))
                    for index in domain.indices
                ]
            case Name(name) if not self._is_number(name):
                literal = self.literal(key)
                sides: list[tuple[Literal, Value]] = [(literal, True), (negated(literal), False)]
                return [(_unless_true(side), flag) for side, flag in sides if side != FALSE]
            case Name(name) if self._is_expression(name):
                return self._key(self._expression(name))
            case Conditional(condition, consequence, alternative):
                literal = self.literal(condition)
                branches = ((literal, consequence), (negated(literal), alternative))
                return [
                    (guards, value)
                    for side, branch in branches
                    if side != FALSE
                    for extra, value in self._key(branch)
                    if (guards := self._together(_unless_true(side), extra)) is not None
                ]
            case _:
                cases = self.number(key)
                if not _is_constant(cases):
                    msg = "a table's key must take finitely many values"
                    raise TypeError(msg)
                return [((), cases[0].numerator.constant)]

    def _is_number(self, name: str) -> bool:
        bound = self._bindings.get(name)
        if isinstance(bound, Name):
            return self._is_number(bound.name)
        return bound is not None and not isinstance(bound, bool | Condition)

    def _equal(self, variable: int, value: int) -> Literal:
        """A literal that is true exactly where a variable has a value."""
        known = self._equals.get((variable, value))
        if known is None:
            known = self._equals[variable, value] = self.model.boolean()
            self._pinned[known] = variable
            self.model.equal(variable, value, known)
        return known

    def _extremum(self, kind: str, operands: Sequence[Expression]) -> Cases:
        result = self.number(operands[0])
        for operand in operands[1:]:
            result = self._larger(result, self.number(operand), least=kind == "min")
        return result

    def _larger(self, first: Cases, second: Cases, *, least: bool) -> Cases:
        """The greater (or the lesser) of two numbers."""
        merged: list[Case] = []
        for a in first:
            for b in second:
                guards = self._together(a.guards, b.guards)
                if guards is not None:
                    merged += self._larger_case(guards, a, b, least=least)
        return self._limited(tuple(merged))

    def _larger_case(self, guards: Guards, a: Case, b: Case, *, least: bool) -> list[Case]:
        factors = _united(a, b)
        x, y = self._through(a, factors), self._through(b, factors)
        gap = y - x if least else x - y
        if gap.bottom >= 0 or gap.top <= 0:
            return [Case(guards, x if gap.bottom >= 0 else y, factors)]
        common = math.lcm(x.exact_scale(), y.exact_scale())
        reach = max(self.model.reach(x), self.model.reach(y))
        if reach * common < _LIMIT:
            return [Case(guards, self._maximum(x, y, common, least=least), factors)]
        taken = self.model.boolean()
        self.model.require(gap, (*guards, taken))
        self.model.require(-gap, (*guards, negated(taken)))
        return [Case((*guards, taken), x, factors), Case((*guards, negated(taken)), y, factors)]

    def _maximum(self, x: Linear, y: Linear, scale: int, *, least: bool) -> Linear:
        """A variable for the greater of two forms, exact after scaling both to whole numbers."""
        x, y = (self._single(form) if self._has_many_sums(form) else form for form in (x, y))
        sign = -scale if least else scale
        parts = tuple(_affine(form, sign) for form in (x, y))
        spans = [sorted((form.low * sign, form.high * sign)) for form in (x, y)]
        low, high = max(span[0] for span in spans), max(span[1] for span in spans)
        target = self._largest.get(parts)
        if target is None:
            target = self._largest[parts] = self.model.variable(int(low), int(high))
            self.model.constraints.append(Largest(target, parts))
        return Linear.variable(target, int(low), int(high), Fraction(1, sign))

    # --- products, cases and common denominators --------------------------------------------

    def _times(self, a: Linear, b: Linear) -> Linear:
        if a.is_constant:
            return b.scaled(a.constant)
        if b.is_constant:
            return a.scaled(b.constant)
        if len(a.weights) * len(b.weights) > _WIDE and self._steps(a) * self._steps(b) < _LIMIT:
            a, b = self._single(a), self._single(b)
        product = b.scaled(a.constant) + a.shifted(-a.constant).scaled(b.constant)
        below = a.denominator * b.denominator
        for x, c in a.weights.items():
            for y, d in b.weights.items():
                product += self._product(x, y).scaled(Fraction(c * d, below))
        return product

    def _steps(self, form: Linear) -> Fraction:
        """How far a form reaches when scaled to whole numbers."""
        return self.model.reach(form) * form.exact_scale()

    def _has_many_sums(self, form: Linear) -> bool:
        """Whether CP-SAT's presolve would list very many values of a form in a maximum.

        It multiplies out all variables of at most 100 values, which may take it minutes, and all
        memory: an equal variable of its own has a range instead (tests/cpsat/test_solving.py has
        such a model). Variables of more values count as 100: it may find that few are left.
        """
        ends = (self.model.bounds(variable) for variable in form.weights)
        return math.prod(min(high - low + 1, _LISTED) for low, high in ends) > _MANY

    def _single(self, form: Linear) -> Linear:
        """A form of at most one variable that is exactly equal to the given one."""
        if len(form.weights) <= 1:
            return form
        scale = form.exact_scale()
        ends = (math.floor(form.low * scale), math.ceil(form.high * scale))
        stands = Linear.variable(self.model.variable(*ends), *ends, Fraction(1, scale))
        self.model.require_zero(form - stands)
        return stands

    def _product(self, x: int, y: int) -> Linear:
        """The product of two integer variables, made once."""
        pair = (min(x, y), max(x, y))
        a, b = self.model.bounds(x), self.model.bounds(y)
        corners = [i * j for i in a for j in b]
        low, high = min(corners), max(corners)
        if x == y and a[0] < 0 < a[1]:
            low = 0
        target = self._products.get(pair)
        if target is None:
            target = self._products[pair] = self.model.variable(low, high)
            self.model.constraints.append(Product(target, *pair))
        return Linear.variable(target, low, high)

    def _merge(self, parts: tuple[Cases, Cases], join: Callable[[Case, Case], _Parts]) -> Cases:
        """Every compatible pair of cases, joined."""
        if len(parts[0]) == len(parts[1]) == 1:
            a, b = parts[0][0], parts[1][0]
            guards = self._together(a.guards, b.guards)
            return () if guards is None else (Case(guards, *join(a, b)),)
        merged = []
        for a in parts[0]:
            for b in parts[1]:
                guards = self._together(a.guards, b.guards)
                if guards is not None:
                    merged.append(Case(guards, *join(a, b)))
        return self._limited(tuple(merged))

    def _together(self, a: Guards, b: Guards) -> Guards | None:
        """Both guards, or `None` where they exclude one another."""
        if not a or not b:
            return a or b
        if any(negated(literal) in a for literal in b):
            return None
        together = tuple(dict.fromkeys((*a, *b)))
        # A variable has one value: two different ones exclude one another.
        chosen = [self._pinned[literal] for literal in together if literal in self._pinned]
        return together if len(chosen) == len(set(chosen)) else None

    def _limited(self, cases: Cases) -> Cases:
        if len(cases) <= MAXIMUM_CASES:
            return cases
        if any(case.factors for case in cases):
            if len(cases) <= MAXIMUM_CASES * _WIDE:
                return cases
            msg = f"a ratio with {len(cases)} cases, more than can be solved"
            raise NumericOverflow(msg)
        forms = [case.numerator for case in cases]
        scale = math.lcm(*(form.exact_scale() for form in forms))
        low, high = min(form.low for form in forms), max(form.high for form in forms)
        ends = (math.floor(low * scale), math.ceil(high * scale))
        stands = Linear.variable(self.model.variable(*ends), *ends, Fraction(1, scale))
        for case in cases:
            self.model.require_zero(case.numerator - stands, case.guards)
        return (Case((), stands, {}),)

    def _over_common(
        self, cases: tuple[Case, Case], join: Callable[[Linear, Linear], Linear]
    ) -> _Parts:
        if not cases[0].factors and not cases[1].factors:
            return join(cases[0].numerator, cases[1].numerator), _NO_FACTORS
        factors = _united(*cases)
        return join(self._through(cases[0], factors), self._through(cases[1], factors)), factors

    def _through(self, case: Case, factors: Mapping[Expression, _Factor]) -> Linear:
        """A case's numerator after multiplying through by `factors`, a superset of its own."""
        form = case.numerator
        for factor, (below, power) in factors.items():
            for _ in range(power - case.factors.get(factor, (below, 0))[1]):
                form = self._times(form, below)
        return form


_Factor: TypeAlias = tuple[Linear, int]
_Parts: TypeAlias = tuple[Linear, Mapping[Expression, _Factor]]


def _verdict(operator: ComparisonOperator, form: Linear) -> bool | None:
    """Whether `form operator 0` holds for all values, for none, or for some (`None`)."""
    if operator in {"<", "<="}:
        opposite = _verdict(">=" if operator == "<" else ">", form)
        return None if opposite is None else not opposite
    if form.bottom > 0 or (form.bottom == 0 and operator == ">="):
        return True
    return False if form.top < 0 or (form.top == 0 and operator == ">") else None


def _unless_true(literal: Literal) -> Guards:
    return () if literal == TRUE else (literal,)


def _is_constant(cases: Cases) -> bool:
    return len(cases) == 1 and cases[0].numerator.is_constant and not cases[0].factors


def _mapped(cases: Cases, change: Callable[[Linear], Linear]) -> Cases:
    return tuple(Case(case.guards, change(case.numerator), case.factors) for case in cases)


def _joined(
    a: Mapping[Expression, _Factor], b: Mapping[Expression, _Factor]
) -> Mapping[Expression, _Factor]:
    if not a or not b:
        return a or b
    joined = dict(a)
    for factor, (form, power) in b.items():
        joined[factor] = (form, power + joined.get(factor, (form, 0))[1])
    return joined


def _united(a: Case, b: Case) -> Mapping[Expression, _Factor]:
    if not a.factors or not b.factors:
        return a.factors or b.factors
    united = dict(a.factors)
    for factor, (form, power) in b.factors.items():
        united[factor] = (form, max(power, united.get(factor, (form, 0))[1]))
    return united


def _affine(form: Linear, scale: int) -> Affine:
    return Affine(tuple(form.weights), *form.whole(scale))
