"""Solving an integer model with CP-SAT: the only module that touches OR-Tools.

It writes the model as protobuf text and parses it in one call, which is several times faster
than building it constraint by constraint from Python, and it needs only the extension module,
not the modelling layer, whose import costs half a second.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar, assert_never

from constraints.cpsat.integer_model import (
    Constraint,
    IntegerModel,
    Largest,
    Literal,
    Origin,
    OutOfTimeError,
    Product,
    Row,
    Within,
)

if TYPE_CHECKING:
    from ortools.sat.python import cp_model_helper

Item = TypeVar("Item")
# CP-SAT's least and greatest ends stand for none; no sum may go beyond `_ACTIVITY`.
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_ACTIVITY = (1 << 62) - 1
_TOO_LARGE = "the solver needs more memory than there is"
_TOO_LATE = "the solver's time limit was reached before a proof"
_TOO_HARD = "the proof takes too much work"
_REFUSED = "the solver refuses a model of numbers as large as these"
# What a solve takes at least, as its outcome has to be read exactly; a hundred are one unit.
_LEAST = 0.01
# Of CP-SAT's own, machine-independent time: some twenty milliseconds.
_BRIEFLY = 0.02


@dataclass(frozen=True, slots=True)
class Solution:
    """A value for every variable of the model."""

    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Infeasible:
    """Proof that the model has no solution; `core` are the assumptions that it used."""

    core: tuple[Literal, ...] = ()
    presolved: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither a proven optimum nor a proof that there is none, and why.

    `reached` is the best solution that was come upon, if any.
    """

    reason: str
    reached: Sequence[int] = ()


Response: TypeAlias = Solution | Infeasible | Unknown


class ModelTextError(Exception):
    """CP-SAT cannot read a model's text: a fault of ours, never of the user's."""


class Objective(NamedTuple):
    """Maximise the sum of `coefficients * variables`."""

    variables: tuple[int, ...]
    coefficients: tuple[int, ...]

    def value(self, solution: Sequence[int]) -> int:
        """What it comes to in a solution."""
        values = map(solution.__getitem__, self.variables)
        return sum(c * value for c, value in zip(self.coefficients, values, strict=True))


@dataclass(slots=True)
class Solver:
    """CP-SAT with one worker and a fixed seed, so that equal models get equal answers.

    `seconds` limits each solve, and `within` all solves from then on together. `presolve` is only
    set to prove something a second way. `solves` and `unproved` count calls and those in vain.
    `end` is when all has to be over, on the monotonic clock, and `late` what is said then; `work`
    is what may still be done of CP-SAT's own, machine-independent time, `brief` how much of it
    goes to a search before another, if there are `both`.
    """

    seconds: float = 30.0
    presolve: bool | None = None
    solves: int = field(default=0, init=False)
    unproved: int = field(default=0, init=False)
    end: float = field(default=math.inf, init=False)
    late: str = field(default=_TOO_LATE, init=False)
    work: float = field(default=math.inf, init=False)
    brief: float = field(default=_BRIEFLY, init=False)
    both: bool = field(default=True, init=False)
    _parsed: tuple[Origin, cp_model_helper.CpModelProto] | None = field(
        default=None, init=False, repr=False
    )

    def within(self, seconds: float) -> None:
        """Give all solves from now on so many seconds together; what is not proved is unknown."""
        self.end = time.monotonic() + seconds

    @property
    def is_late(self) -> bool:
        """Whether the time for all solves is over; work that only prepares solves is in vain."""
        return time.monotonic() >= self.end

    def in_time(self) -> None:
        """Raise `OutOfTimeError` once the time for all solves is over."""
        if self.is_late:
            raise OutOfTimeError(self.late)

    @contextmanager
    def part(self, share: float) -> Iterator[None]:
        """Spend no more than a share of the time that is left on what is solved meanwhile."""
        before, now = self.end, time.monotonic()
        self.end = now + max(0.0, before - now) * share
        try:
            yield
        finally:
            self.end = before

    @contextmanager
    def working(self, work: float, brief: float = _BRIEFLY, *, both: bool = True) -> Iterator[None]:
        """Do no more than some work, in CP-SAT's own time, on what is solved meanwhile."""
        before, ways = self.work, (self.brief, self.both)
        self.work = given = min(before, work)
        self.brief, self.both = brief, both
        try:
            yield
        finally:
            self.work, (self.brief, self.both) = before - (given - self.work), ways

    def in_turn(self, items: Sequence[Item]) -> Iterator[Item]:
        """Some items, each with an even part of the time that is left to solve for it."""
        for left, item in zip(range(len(items), 0, -1), items, strict=True):
            with self.part(1 / left):
                yield item

    @contextmanager
    def otherwise(self, proof: Infeasible) -> Iterator[None]:
        """Solve meanwhile without presolve what was proved with it, and the other way round."""
        before, self.presolve = self.presolve, not proof.presolved
        try:
            yield
        finally:
            self.presolve = before

    def solve(
        self,
        model: IntegerModel,
        objective: Objective | None = None,
        fixed: Mapping[int, int] | None = None,
        assumptions: Sequence[Literal] = (),
        *,
        plainly: bool = False,
    ) -> Response:
        """The proven optimum (any solution without an objective), or a proof of none.

        `fixed` are the values of some variables for this solve, `assumptions` are reported in a
        core. `plainly` is for models without sums: presolve and a linear relaxation take longer
        than their search.
        """
        outcome = self._solved(model, objective, fixed or {}, assumptions, plainly=plainly)
        self.unproved += isinstance(outcome, Unknown)
        return outcome

    def _solved(
        self,
        model: IntegerModel,
        objective: Objective | None,
        fixed: Mapping[int, int],
        assumptions: Sequence[Literal],
        *,
        plainly: bool,
    ) -> Response:
        if self.is_late:
            return Unknown(self.late)
        if self.work <= 0:
            return Unknown(_TOO_HARD)
        self.solves += 1
        proto = self._proto(model, objective, fixed, assumptions)
        # A core is only right without presolve (google/or-tools#5141).
        if assumptions or self.presolve is False:
            return self._run(proto, presolve=False)
        return self._briefly_first(proto, plainly=plainly)

    def _briefly_first(self, proto: cp_model_helper.CpModelProto, *, plainly: bool) -> Response:
        """The outcome of a brief search if it has one, else that of one with a relaxation."""
        # Half of all models are solved before presolve would be done with them.
        presolve = self.presolve is True
        work = math.inf if plainly else self.brief
        outcome = self._run(proto, presolve=presolve, plainly=True, work=work)
        is_over = plainly or not self.both or self.is_late or self.work <= 0
        if is_over or not isinstance(outcome, Unknown):
            return outcome
        longer = self._run(proto, presolve=True)
        if isinstance(longer, Unknown):
            return Unknown(longer.reason, longer.reached or outcome.reached)
        return longer

    def _proto(
        self,
        model: IntegerModel,
        objective: Objective | None,
        fixed: Mapping[int, int],
        assumptions: Sequence[Literal],
    ) -> cp_model_helper.CpModelProto:
        """The model as CP-SAT takes it; what its origin has is parsed once for many solves."""
        # Imported here so that commands which solve nothing never load the solver.
        from ortools.sat.python import cp_model_helper as cp_sat  # noqa: PLC0415

        proto = cp_sat.CpModelProto()
        origin = model.origin
        if origin is None:
            _merge(proto, model_text(model, objective, fixed, assumptions))
            return proto
        if self._parsed is None or not origin.is_same(self._parsed[0]):
            self._parsed = origin, cp_sat.CpModelProto()
            _merge(self._parsed[1], model_text(_first_of(origin), None, {}, ()))
        proto.copy_from(self._parsed[1])
        _merge(proto, model_text(model, objective, {}, assumptions, after=origin))
        for variable, value in fixed.items():
            domain = proto.variables[variable].domain
            domain.clear()
            domain.extend([value, value])
        return proto

    def _run(
        self,
        proto: cp_model_helper.CpModelProto,
        *,
        presolve: bool,
        plainly: bool = False,
        work: float = math.inf,
    ) -> Response:
        from ortools.sat.python import cp_model_helper as cp_sat  # noqa: PLC0415

        seconds = max(0.0, min(self.seconds, self.end - time.monotonic()))
        wrapper = cp_sat.SolveWrapper()
        parameters = parameters_for(seconds, presolve=presolve)
        if plainly:
            parameters.linearization_level = 0
            parameters.inprocessing_dtime_ratio = 0
            quick = cp_sat.SatParameters.SearchBranching.PORTFOLIO_WITH_QUICK_RESTART_SEARCH
            parameters.search_branching = quick
        if (work := min(work, self.work)) < math.inf:
            parameters.max_deterministic_time = work
        wrapper.set_parameters(parameters)
        try:
            response = wrapper.solve(proto)
        except MemoryError:
            return Unknown(_TOO_LARGE)
        self.work = max(0.0, self.work - max(response.deterministic_time, _LEAST))
        return _outcome(response, proto, presolved=presolve)


def parameters_for(seconds: float, *, presolve: bool) -> cp_model_helper.SatParameters:
    """How CP-SAT is set for all that is solved here, within some seconds."""
    from ortools.sat.python import cp_model_helper as cp_sat  # noqa: PLC0415

    parameters = cp_sat.SatParameters()
    parameters.num_workers = 1
    parameters.random_seed = 1
    # Ctrl-C is for the program, not a reason to call a request unknown.
    parameters.catch_sigint_signal = False
    parameters.max_time_in_seconds = seconds
    # The relaxation of the maxima in a bill is what makes the hard ones of these models easy.
    parameters.linearization_level = 2
    # Faults of CP-SAT 9.15, in tests/cpsat/test_solving.py: one propagator finds guarded rows with
    # large coefficients infeasible that are not, another heeds no limit while bounds move by next
    # to nothing at a time, and presolve's search for rows included in others loses optima.
    parameters.auto_detect_greater_than_at_least_one_of = False
    parameters.new_linear_propagation = False
    parameters.presolve_inclusion_work_limit = 0
    parameters.cp_model_presolve = presolve
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    return parameters


def version() -> str:
    """The version of OR-Tools."""
    from importlib.metadata import version as installed  # noqa: PLC0415

    return installed("ortools")


def _outcome(
    response: cp_model_helper.CpSolverResponse,
    proto: cp_model_helper.CpModelProto,
    *,
    presolved: bool,
) -> Response:
    match response.status.name:
        case "OPTIMAL":
            return Solution(tuple(response.solution))
        # Without an objective any solution is all that was asked for.
        case "FEASIBLE" if not proto.has_objective():
            return Solution(tuple(response.solution))
        case "FEASIBLE":
            return Unknown(_TOO_LATE, tuple(response.solution))
        case "INFEASIBLE":
            core = response.sufficient_assumptions_for_infeasibility if proto.assumptions else ()
            return Infeasible(tuple(core), presolved)
        case "MODEL_INVALID":
            # Presolve may make sums beyond 64 bits of a model that had none.
            return Unknown(_REFUSED)
        case _:
            return Unknown(_TOO_LATE)


def model_text(
    model: IntegerModel,
    objective: Objective | None,
    fixed: Mapping[int, int],
    assumptions: Sequence[Literal],
    after: Origin | None = None,
) -> str:
    """The model as protobuf text, or what of it comes after its origin."""
    # As a domain of one value, not as a row: presolve and propagation then drop all that it guards.
    first, begin = (after.variables, after.constraints) if after else (0, 0)
    parts = [
        f"variables{{domain:[{fixed[v]},{fixed[v]}]}}"
        if v in fixed
        else f"variables{{domain:[{','.join(map(str, model.domains[v]))}]}}"
        for v in range(first, len(model.domains))
    ]
    parts += [_constraint_text(constraint) for constraint in model.constraints[begin:]]
    if objective is not None:
        # CP-SAT minimises.
        negative = [-coefficient for coefficient in objective.coefficients]
        parts.append(f"objective{{vars:{_list(objective.variables)} coeffs:{_list(negative)}}}")
    if assumptions:
        parts.append(f"assumptions:{_list(assumptions)}")
    return " ".join(parts)


def _first_of(origin: Origin) -> IntegerModel:
    """A model as far as it had grown."""
    model = origin.model
    return IntegerModel(model.domains[: origin.variables], model.constraints[: origin.constraints])


def _merge(proto: cp_model_helper.CpModelProto, text: str) -> None:
    if not proto.merge_text_format(text):
        msg = "the model's text could not be parsed"
        raise ModelTextError(msg)


def _constraint_text(constraint: Constraint) -> str:
    match constraint:
        case Row(variables, coefficients, low, high, guards):
            low = _LOWEST if low < -_ACTIVITY else low
            high = _HIGHEST if high >= _ACTIVITY else high
            linear = f"vars:{_list(variables)} coeffs:{_list(coefficients)} domain:[{low},{high}]"
            return f"constraints{{{_guarded(guards)}linear{{{linear}}}}}"
        case Within(variable, ranges, guards):
            ends = _list([end for both in ranges for end in both])
            linear = f"vars:[{variable}] coeffs:[1] domain:{ends}"
            return f"constraints{{{_guarded(guards)}linear{{{linear}}}}}"
        case Product(target, left, right):
            factors = f"exprs:[{_affine((left,), (1,))},{_affine((right,), (1,))}]"
            return f"constraints{{int_prod{{target{_affine((target,), (1,))} {factors}}}}}"
        case Largest(target, expressions):
            listed = ",".join(_affine(e.variables, e.coefficients, e.offset) for e in expressions)
            return f"constraints{{lin_max{{target{_affine((target,), (1,))} exprs:[{listed}]}}}}"
        case tuple():
            return f"constraints{{bool_or{{literals:{_list(constraint)}}}}}"
        case _:
            assert_never(constraint)


def _guarded(guards: tuple[Literal, ...]) -> str:
    return f"enforcement_literal:{_list(guards)} " if guards else ""


def _affine(variables: Sequence[int], coefficients: Sequence[int], offset: int = 0) -> str:
    return f"{{vars:{_list(variables)} coeffs:{_list(coefficients)} offset:{offset}}}"


def _list(numbers: Sequence[int]) -> str:
    return "[" + ",".join(map(str, numbers)) + "]"
