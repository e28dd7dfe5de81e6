"""Expressions to the integer model: the second interpreter of the language.

A condition is posted under guards, or becomes a literal; a number becomes cases of linear forms
(see `cases`). Only integer variables and exact rational coefficients occur in them, so nothing is
rounded here; rounding is the business of posting a row (see `integer_model`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import TypeAlias, assert_never

from constraints.cpsat.cases import (
    CaseAlgebra,
    Cases,
    Guards,
    constant_of,
    everywhere,
    opposite,
)
from constraints.cpsat.choices import Choices
from constraints.cpsat.forms import Forms
from constraints.cpsat.integer_model import FALSE, TRUE, IntegerModel, Literal, negated
from constraints.cpsat.linear import Linear
from constraints.cpsat.lookups import Lookups
from constraints.language.domains import Domain
from constraints.language.expressions import (
    MIRRORED,
    OPPOSITES,
    Absolute,
    Arithmetic,
    ArithmeticOperator,
    Between,
    Comparison,
    ComparisonOperator,
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
    simple,
)
from constraints.language.isolation import Isolation

Bindings: TypeAlias = Mapping[str, "Expression | Fraction | bool | Domain"]


class Compiler:
    """Compiles conditions and numbers into one integer model, each named quantity once.

    `bindings` gives every name a value, an expression, or a domain (a number to be chosen);
    `choices` are the conditions to be chosen. Raises `NumericOverflow` where a quantity does not
    fit 64-bit integers; `in_time` is called all along, and raises once the time is over.
    """

    def __init__(
        self,
        bindings: Bindings,
        choices: Sequence[str] = (),
        in_time: Callable[[], None] = lambda: None,
    ) -> None:
        self.model = IntegerModel()
        forms = Forms(self.model)
        domains = {name: bound for name, bound in bindings.items() if isinstance(bound, Domain)}
        self.choices = Choices(forms, domains, choices)
        self.algebra = CaseAlgebra(forms, in_time)
        self._bindings = bindings
        self._numbers: dict[str, Cases] = {}
        self._literals: dict[Expression, Literal] = {}
        self.lookups = Lookups(self, bindings)
        self._isolation = Isolation(self._definition, self._constant)
        self._halves: dict[tuple[Expression, bool], Literal] = {}

    def _definition(self, name: str) -> Expression | None:
        """The expression that a name stands for; `None` if it has a value or is chosen."""
        bound = self._bindings.get(name)
        return bound if isinstance(bound, Expression) else None

    # --- conditions -----------------------------------------------------------------------

    def enforce(self, condition: Expression, guards: Guards, *, holds: bool = True) -> None:
        """Require that a condition holds (or fails) wherever all guards are true."""
        match condition:
            case Not(operand):
                self.enforce(operand, guards, holds=not holds)
            case Comparison(operator, left, right):
                self._enforce_comparison(
                    operator if holds else OPPOSITES[operator], left, right, guards
                )
            # De Morgan: a disjunction fails where all of its operands do.
            case Junction(kind, operands) if (kind == "and") == holds:
                for operand in operands:
                    self.enforce(operand, guards, holds=holds)
            case Junction(_, operands):
                enough = [self._enough(operand, holds=holds) for operand in operands]
                self.model.clause([*map(negated, guards), *enough])
            case Membership() | Between() | Implication():
                self.enforce(simple(condition), guards, holds=holds)
            case Name(name) if definition := self._definition(name):
                self.enforce(definition, guards, holds=holds)
            case _:
                literal = self.literal(condition)
                self.model.imply(guards, literal if holds else negated(literal))

    def _enforce_comparison(
        self, operator: ComparisonOperator, left: Expression, right: Expression, guards: Guards
    ) -> None:
        if operator == "!=" or self._steps(operator, left, right):
            # Two stretches with a gap between, or more, which no single row can say.
            self.model.imply(guards, self.literal(Comparison(operator, left, right)))
        else:
            self.algebra.post(operator, self._difference(left, right), guards)

    def _enough(self, condition: Expression, *, holds: bool) -> Literal:
        """A literal that can be true only where a condition holds (or fails).

        One direction is all that a disjunction needs, at half the rows of a full equivalence:
        D. A. Plaisted and S. Greenbaum, "A Structure-preserving Clause Form Translation", Journal
        of Symbolic Computation 2 (1986).
        """
        if isinstance(condition, Not):
            return self._enough(condition.operand, holds=not holds)
        # Where there is a literal for both directions, one for half of it adds nothing.
        if isinstance(condition, Truth) or condition in self._literals:
            literal = self.literal(condition)
            return literal if holds else negated(literal)
        half = self._halves.get((condition, holds))
        if half is None:
            half = self._halves[condition, holds] = self._half(condition, holds=holds)
        return half

    def _half(self, condition: Expression, *, holds: bool) -> Literal:
        match condition:
            case Membership() | Between() | Implication():
                return self._enough(simple(condition), holds=holds)
            case Comparison("<" | "<=" | ">" | ">=" as operator, left, right) if not (
                self._steps(operator, left, right)
            ):
                symbol = operator if holds else OPPOSITES[operator]
                return self.algebra.implying(symbol, self._difference(left, right))
            case Junction():
                literal = self.model.boolean()
                self.enforce(condition, (literal,), holds=holds)
                return literal
            case _:
                literal = self.literal(condition)
                return literal if holds else negated(literal)

    def literal(self, condition: Expression) -> Literal:
        """A literal that is true exactly where the condition holds."""
        literal = self._literals.get(condition)
        if literal is None:
            literal = self._literals[condition] = self._reified(condition)
        return literal

    def _reified(self, condition: Expression) -> Literal:
        match condition:
            case Truth(value):
                return TRUE if value else FALSE
            case Name(name):
                return self._named_literal(name)
            case Not(operand):
                return negated(self.literal(operand))
            case Junction("and", operands):
                return self.model.all_of([self.literal(operand) for operand in operands])
            case Junction(_, operands):
                return self.model.any_of([self.literal(operand) for operand in operands])
            case Comparison(operator, left, right):
                return self._reified_comparison(operator, left, right)
            case Conditional(test, consequence, alternative):
                return self._chosen(test, consequence, alternative)
            case Membership() | Between() | Implication() | Equivalence():
                return self.literal(simple(condition))
            case (
                Number()
                | Arithmetic()
                | Negation()
                | Extremum()
                | Absolute()
                | Table()
                | Stepped()
                | Text()
            ):
                msg = "a condition is needed, and this is a number"
                raise TypeError(msg)
            case _:
                assert_never(condition)

    def _named_literal(self, name: str) -> Literal:
        bound = self._bindings.get(name)
        if bound is None:
            return self.choices.variables[name]
        if isinstance(bound, bool):
            return TRUE if bound else FALSE
        if isinstance(bound, Fraction | Domain):
            msg = f"a condition is needed, and `{name}` is a number"
            raise TypeError(msg)
        return self.literal(bound)

    def _chosen(self, test: Expression, yes: Expression, no: Expression) -> Literal:
        condition, first, second = self.literal(test), self.literal(yes), self.literal(no)
        taken = self.model.all_of([condition, first])
        other = self.model.all_of([negated(condition), second])
        return self.model.any_of([taken, other])

    def _reified_comparison(
        self, operator: ComparisonOperator, left: Expression, right: Expression
    ) -> Literal:
        if operator == "==":
            parts = [Comparison("<=", left, right), Comparison(">=", left, right)]
            return self.model.all_of([self.literal(part) for part in parts])
        if operator == "!=":
            return negated(self.literal(Comparison("==", left, right)))
        if steps := self._steps(operator, left, right):
            return self.lookups.literal(*steps)
        cases = self._difference(left, right)
        literal = self.algebra.implying(operator, cases)
        if literal not in {TRUE, FALSE}:
            self.algebra.post(OPPOSITES[operator], cases, (negated(literal),))
        return literal

    def _steps(
        self, operator: ComparisonOperator, left: Expression, right: Expression
    ) -> tuple[Stepped, ComparisonOperator, Expression] | None:
        """A number that goes in steps, compared with one that is known at each step of it."""
        found = self._isolation.of(Arithmetic("-", left, right))
        if found is None:
            return None
        limit = self.lookups.limit(found.stepped, found.zero)
        symbol = operator if found.factor > 0 else MIRRORED[operator]
        return None if limit is None else (found.stepped, symbol, limit)

    def _constant(self, expression: Expression) -> Fraction | None:
        return constant_of(self.number(expression))

    def _difference(self, left: Expression, right: Expression) -> Cases:
        """The cases of what has to be compared with zero in place of `left` with `right`."""
        return self.algebra.difference(self.number(left), self.number(right))

    # --- numbers --------------------------------------------------------------------------

    def number(self, expression: Expression) -> Cases:
        """The exact cases of a number."""
        match expression:
            case Name(name):
                return self._named_number(name)
            case Number(value):
                return everywhere(Linear.of(value))
            case Arithmetic(operator, left, right):
                return self._arithmetic(operator, left, right)
            case Negation(operand):
                return opposite(self.number(operand))
            case Absolute(operand):
                return self.number(Extremum("max", (operand, Negation(operand))))
            case Extremum(kind, operands):
                extreme, least = self.algebra.extreme, kind == "min"
                return reduce(lambda a, b: extreme(a, b, least=least), map(self.number, operands))
            case Conditional(condition, consequence, alternative):
                literal = self.literal(condition)
                if literal in {TRUE, FALSE}:
                    return self.number(consequence if literal == TRUE else alternative)
                yes, no = self.number(consequence), self.number(alternative)
                return self.algebra.chosen(literal, yes, no)
            case Table(keys, rows):
                return self.lookups.table(keys, rows)
            case Stepped():
                return self.lookups.stepped(expression)
            case _:
                msg = "a number is needed, and this is a condition"
                raise TypeError(msg)

    def _named_number(self, name: str) -> Cases:
        cases = self._numbers.get(name)
        if cases is None:
            cases = self._numbers[name] = self._bound_number(name)
        return cases

    def _bound_number(self, name: str) -> Cases:
        bound = self._bindings[name]
        if isinstance(bound, Domain):
            return self.choices.number(name)
        if isinstance(bound, bool):
            msg = f"a number is needed, and `{name}` is a condition"
            raise TypeError(msg)
        return everywhere(Linear.of(bound)) if isinstance(bound, Fraction) else self.number(bound)

    def _arithmetic(
        self, operator: ArithmeticOperator, left: Expression, right: Expression
    ) -> Cases:
        match operator:
            case "+":
                return self.algebra.plus(self.number(left), self.number(right))
            case "-":
                return self.algebra.minus(self.number(left), self.number(right))
            case "*":
                return self.algebra.times(self.number(left), self.number(right))
            case "/":
                return self._quotient(left, right)
            case _:
                assert_never(operator)

    def _quotient(self, left: Expression, right: Expression) -> Cases:
        """A ratio, the factors of its denominator kept apart: equal ones need no product."""
        result = self.number(left)
        for factor, power in self._factors(right).items():
            divisor = self.number(factor)
            for _ in range(power):
                result = self.algebra.over(result, divisor, factor)
            for _ in range(-power):
                result = self.algebra.times(result, divisor)
        return result

    def _factors(self, expression: Expression) -> dict[Expression, int]:
        """The factors of a product and their powers; a name is what it stands for."""
        match expression:
            case Name(name) if definition := self._definition(name):
                return self._factors(definition)
            case Arithmetic("*" | "/" as operator, left, right):
                powers = self._factors(left)
                sign = 1 if operator == "*" else -1
                for factor, power in self._factors(right).items():
                    powers[factor] = powers.get(factor, 0) + sign * power
                return {factor: power for factor, power in powers.items() if power}
            case _:
                return {expression: 1}
