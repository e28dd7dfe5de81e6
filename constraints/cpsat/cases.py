"""Numbers by cases: exact linear forms over denominators, each under its guard literals.

Exactly one case of a number holds. Denominators are kept as factors until a comparison multiplies
through by them; that keeps its direction because no factor is negative (the check has seen to it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias, assert_never

from constraints.cpsat.forms import Forms
from constraints.cpsat.integer_model import FALSE, TRUE, Literal, NumericOverflow, negated
from constraints.cpsat.linear import Linear, whole_scale
from constraints.language.expressions import ComparisonOperator, Expression

Guards: TypeAlias = tuple[Literal, ...]
# The denominators by the expressions that they come from, each with its power.
Factors: TypeAlias = Mapping[Expression, tuple[Linear, int]]

_MAXIMUM_CASES = 512
# No variable can stand for a ratio, so its cases are let be for longer.
_MAXIMUM_RATIO_CASES = 4 * _MAXIMUM_CASES


_NO_FACTORS: Final[Factors] = {}  # mappings are never changed


class Case(NamedTuple):
    """A linear form over denominators, valid where all guards are true."""

    guards: Guards
    numerator: Linear
    factors: Factors = _NO_FACTORS


Cases: TypeAlias = tuple[Case, ...]


def everywhere(form: Linear) -> Cases:
    """The number that is one linear form whatever is chosen."""
    return (Case((), form),)


def constant_of(cases: Cases) -> Fraction | None:
    """The value of a constant; `None` for any other number."""
    if len(cases) == 1 and cases[0].numerator.is_constant and not cases[0].factors:
        return cases[0].numerator.constant
    return None


def opposite(cases: Cases) -> Cases:
    """The number with its sign turned."""
    return tuple(Case(case.guards, -case.numerator, case.factors) for case in cases)


class CaseAlgebra:
    """Arithmetic on numbers by cases, for each pair of cases that can hold together.

    Raises `NumericOverflow` where a number has too many cases or does not fit 64-bit integers, and
    what `in_time` raises once the time is over.
    """

    def __init__(self, forms: Forms, in_time: Callable[[], None]) -> None:
        self._forms = forms
        self._model = forms.model
        self._in_time = in_time

    def plus(self, first: Cases, second: Cases) -> Cases:
        """The sum."""
        return self._limited(self._over_common(first, second, Linear.__add__))

    def minus(self, first: Cases, second: Cases) -> Cases:
        """The difference."""
        return self._limited(self._over_common(first, second, Linear.__sub__))

    def difference(self, first: Cases, second: Cases) -> Cases:
        """A number without denominators that has the sign of the difference."""
        parts = self._over_common(first, second, Linear.__sub__)
        return self._limited(tuple(Case(part.guards, part.numerator) for part in parts))

    def times(self, first: Cases, second: Cases) -> Cases:
        """The product."""
        times = self._forms.times
        return self._limited(
            tuple(
                Case(guards, times(a.numerator, b.numerator), _joined(a.factors, b.factors))
                for guards, a, b in self._pairs(first, second)
            )
        )

    def over(self, first: Cases, second: Cases, factor: Expression) -> Cases:
        """The ratio, `second` being the cases of `factor`: at once by a constant."""
        return self._limited(
            tuple(
                Case(guards, *self._divided(a, b, factor))
                for guards, a, b in self._pairs(first, second)
            )
        )

    def _divided(self, a: Case, b: Case, factor: Expression) -> tuple[Linear, Factors]:
        top, below = self._expanded(Case((), a.numerator), b.factors), b.numerator
        # A zero stays a factor: a ratio over it has no value, but a comparison with it has.
        if below.is_constant and below.offset:
            return top.scaled(1 / below.constant), a.factors
        return top, _joined(a.factors, {factor: (below, 1)})

    def chosen(self, literal: Literal, yes: Cases, no: Cases) -> Cases:
        """A number where a literal is true, another one where it is not."""
        on, off = constant_of(yes), constant_of(no)
        if on is not None and off is not None:
            return _step(literal, on, off)
        return self._limited(
            tuple(
                Case(guards, case.numerator, case.factors)
                for side, branch in ((literal, yes), (negated(literal), no))
                for case in branch
                if (guards := self.together((side,), case.guards)) is not None
            )
        )

    def extreme(self, first: Cases, second: Cases, *, least: bool) -> Cases:
        """The greater (or the lesser) of two numbers."""
        return self._limited(
            tuple(
                case
                for guards, a, b in self._pairs(first, second)
                for case in self._extreme_cases(guards, a, b, least=least)
            )
        )

    def _extreme_cases(self, guards: Guards, a: Case, b: Case, *, least: bool) -> tuple[Case, ...]:
        factors = _united(a.factors, b.factors)
        x, y = self._expanded(a, factors), self._expanded(b, factors)
        # Where their bounds tell which one it is there is nothing to be chosen.
        gap = y - x if least else x - y
        if gap.bottom >= 0 or gap.top <= 0:
            return (Case(guards, x if gap.bottom >= 0 else y, factors),)
        extreme = self._forms.extreme(x, y, least=least)
        if extreme is not None:
            return (Case(guards, extreme, factors),)
        # Too large for a variable: one of the two, by a literal. Where they are equal it is free.
        first = self._model.boolean()
        self._model.require(gap, (*guards, first))
        self._model.require(-gap, (*guards, negated(first)))
        return (Case((*guards, first), x, factors), Case((*guards, negated(first)), y, factors))

    def implying(self, operator: ComparisonOperator, cases: Cases) -> Literal:
        """A literal under which `number operator 0`: TRUE or FALSE where there is no choice."""
        # The guards do not matter where every case says the same.
        verdicts = {verdict(operator, case.numerator) for case in cases}
        if len(verdicts) == 1 and None not in verdicts:
            return TRUE if True in verdicts else FALSE
        literal = self._model.boolean()
        self.post(operator, cases, (literal,))
        return literal

    def post(self, operator: ComparisonOperator, cases: Cases, guards: Guards) -> None:
        """Post `number operator 0` wherever all guards are true."""
        for case in cases:
            held = (*guards, *case.guards)
            match operator:
                case ">=" | ">":
                    self._model.require(case.numerator, held, strict=operator == ">")
                case "<=" | "<":
                    self._model.require(-case.numerator, held, strict=operator == "<")
                case "==":
                    self._model.require_zero(case.numerator, held)
                case "!=":
                    msg = "a difference is posted through its literal"
                    raise TypeError(msg)
                case _:
                    assert_never(operator)

    def together(self, a: Guards, b: Guards) -> Guards | None:
        """Both guards, or `None` where they exclude one another."""
        if not a or not b:
            return a or b
        # Asked many times over, so that nothing is done here that the answer does not need.
        more = []
        for literal in b:
            if negated(literal) in a:
                return None
            if literal not in a:
                more.append(literal)
        if not more:
            return a
        together = (*a, *more)
        # A variable has one value: two different ones exclude one another.
        pinned = self._forms.pinned
        variables = [pinned[literal] for literal in together if literal in pinned]
        return together if len(variables) == len(set(variables)) else None

    def _pairs(self, first: Cases, second: Cases) -> Iterator[tuple[Guards, Case, Case]]:
        """The pairs of cases that can hold together, and the guards of both."""
        for a in first:
            # This loop grows without end: a product has as many cases as its factors multiplied.
            self._in_time()
            for b in second:
                guards = self.together(a.guards, b.guards)
                if guards is not None:
                    yield guards, a, b

    def _over_common(
        self, first: Cases, second: Cases, join: Callable[[Linear, Linear], Linear]
    ) -> Cases:
        """Each pair of cases joined over their common denominator."""
        joined = []
        for guards, a, b in self._pairs(first, second):
            factors = _united(a.factors, b.factors)
            form = join(self._expanded(a, factors), self._expanded(b, factors))
            joined.append(Case(guards, form, factors))
        return tuple(joined)

    def _expanded(self, case: Case, factors: Factors) -> Linear:
        """A case's numerator over `factors`, a superset of its own."""
        form = case.numerator
        for factor, (below, power) in factors.items():
            for _ in range(power - case.factors.get(factor, (below, 0))[1]):
                form = self._forms.times(form, below)
        return form

    def _limited(self, cases: Cases) -> Cases:
        """The cases, or one variable that stands for the number where they are too many."""
        if len(cases) <= _MAXIMUM_CASES:
            return cases
        if any(case.factors for case in cases):
            if len(cases) <= _MAXIMUM_RATIO_CASES:
                return cases
            msg = f"a ratio with {len(cases)} cases, more than can be solved"
            raise NumericOverflow(msg)
        forms = [case.numerator for case in cases]
        low, high = min(form.low for form in forms), max(form.high for form in forms)
        number = self._forms.between(low, high, whole_scale(*forms))
        for case in cases:
            self._model.require_zero(case.numerator - number, case.guards)
        return everywhere(number)


def _step(literal: Literal, yes: Fraction, no: Fraction) -> Cases:
    """One value where a literal is true and another where it is not: a form without guards."""
    variable, on, off = (literal, yes, no) if literal >= 0 else (negated(literal), no, yes)
    if on == off:
        return everywhere(Linear.of(on))
    return everywhere(Linear.variable(variable, 0, 1, on - off, off))


def verdict(operator: ComparisonOperator, form: Linear) -> bool | None:
    """Whether `form operator 0` holds for all values, for none, or for some (`None`)."""
    if operator in {"<", "<="}:
        opposite_holds = verdict(">=" if operator == "<" else ">", form)
        return None if opposite_holds is None else not opposite_holds
    if form.bottom > 0 or (form.bottom == 0 and operator == ">="):
        return True
    return False if form.top < 0 or (form.top == 0 and operator == ">") else None


def _joined(a: Factors, b: Factors) -> Factors:
    """The denominators of a product: powers add up."""
    if not a or not b:
        return a or b
    joined = dict(a)
    for factor, (form, power) in b.items():
        joined[factor] = (form, power + joined.get(factor, (form, 0))[1])
    return joined


def _united(a: Factors, b: Factors) -> Factors:
    """The common denominators of two numbers: of each power the higher one."""
    if not a or not b:
        return a or b
    united = dict(a)
    for factor, (form, power) in b.items():
        united[factor] = (form, max(power, united.get(factor, (form, 0))[1]))
    return united
