"""Minimal conflicts and corrections of named conditions, all verified.

Conflicts are enumerated smallest first by implicit hitting sets (Ignatiev, Previti, Liffiton and
Marques-Silva, "Smallest MUS Extraction with Minimal Hitting Set Dualization", CP 2015): a minimum
set that meets every correction known so far is either infeasible, and then a minimal conflict, or
feasible, and then its largest feasible superset leaves out a new correction. That conflicts and
corrections are one another's minimal hitting sets is due to Reiter, "A Theory of Diagnosis from
First Principles", Artificial Intelligence 32 (1987); see also Liffiton and Sakallah, "Algorithms
for Computing Minimal Unsatisfiable Subsets of Constraints", J. of Automated Reasoning 40 (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from constraints.cpsat.integer_model import IntegerModel, negated
from constraints.cpsat.optimisation import Assignment, Optimal, Problem
from constraints.cpsat.solving import Infeasible, Objective, Solution, Solver, Unknown
from constraints.language.evaluation import Evaluator

# Larger than any position, so that fewer members always weigh less.
_MEMBER = 10_000
# Of the time that is left: what is found then has time to be proved again, and to be shown.
_FINDING = 3 / 4


class Limits(NamedTuple):
    """How far an enumeration goes: conflicts found, corrections found, and rounds of solving."""

    conflicts: int = 20
    corrections: int = 20
    rounds: int = 300


class Conflict(NamedTuple):
    """A minimal infeasible set; `witnesses` gives for each member an assignment without it."""

    members: tuple[str, ...]
    witnesses: Mapping[str, Assignment]


class CorrectionSet(NamedTuple):
    """A minimal set whose removal makes the rest feasible, and an assignment that shows it."""

    members: tuple[str, ...]
    witness: Assignment


class MinimalConflicts(NamedTuple):
    """All minimal conflicts, smallest first, or those found before `cut` says why no more.

    With more time there may be more of them if it was `late`.
    """

    conflicts: tuple[Conflict, ...]
    cut: str = ""
    late: bool = False

    @property
    def complete(self) -> bool:
        """Whether there are no other minimal conflicts."""
        return not self.cut


class _Found(NamedTuple):
    names: tuple[str, ...]
    proof: Infeasible


class _Witness(NamedTuple):
    assignment: Assignment
    met: frozenset[str]


@dataclass(slots=True)
class Conflicts:
    """The minimal conflicts among `members` of a problem's conditions, `hard` ones always in force.

    Members are taken in the given order wherever there is a choice. `known` are assignments that
    meet many of them, each of which may save a search for one; `further` tells others, for which it
    is asked once if those are not all that there is to know.
    """

    problem: Problem
    members: Sequence[str]
    hard: Collection[str] = ()
    limits: Limits = field(default_factory=Limits)
    known: Sequence[Assignment] = ()
    further: Callable[[], Iterable[Assignment]] | None = None
    _witnesses: list[_Witness] = field(default_factory=list, init=False)
    _sets: _HittingSets = field(init=False)
    _rounds: int = field(default=0, init=False)
    _found: dict[tuple[str, ...], Infeasible] = field(default_factory=dict, init=False)
    _proved: dict[tuple[str, ...], Conflict] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Begin with nothing found."""
        self._sets = _HittingSets(self.members, self.problem.solver)

    def diagnose(self) -> MinimalConflicts:
        """Every minimal conflict up to the limits; each is proved twice and has its witnesses.

        Where time was over before all was found, it goes on when it is called again.
        """
        solver = self.problem.solver
        with solver.part(_FINDING):
            cut = self._find()
            late = solver.is_late
        # In an order of their own: that in which they are found is the solver's.
        ordered = sorted(self._found, key=lambda names: (len(names), self._places(names)))
        for names in ordered:
            cut = self._prove(names) or cut
        proved = (self._proved[names] for names in ordered if names in self._proved)
        return MinimalConflicts(tuple(proved), cut, bool(cut) and (late or solver.is_late))

    def first(self) -> Conflict | Assignment | Unknown:
        """A minimal conflict found quickly, if not the smallest, or an assignment without any.

        The conditions of a proof of infeasibility, less those that it can do without.
        """
        core = self._core()
        if not isinstance(core, tuple):
            return core
        conflict = self._confirmed(core, self.problem.restricted((*self.hard, *core)))
        if conflict is not None:
            return conflict
        # A core is a hint only (google/or-tools#5141), and this one was wrong.
        conflict = self._confirmed(self.members, self.problem)
        return conflict or Unknown("a conflict could not be proved a second time")

    def _confirmed(self, names: Sequence[str], problem: Problem) -> Conflict | Unknown | None:
        """A conflict among some members, proved in two ways; `None` where it is not."""
        conflict = self._shrunk(names, problem)
        if isinstance(conflict, Unknown):
            return conflict
        proof = problem.refuted([*self.hard, *conflict.members])
        return conflict if isinstance(proof, Infeasible) else None

    def _core(self) -> tuple[str, ...] | Assignment | Unknown:
        """The members that a proof of infeasibility rests on, all of them if it does not say."""
        problem = self.problem
        literals = {problem.literal(name): name for name in self.members}
        # Only members are assumed, so that the core names nothing else.
        fixed = {problem.literal(name): 1 for name in self.hard}
        fixed |= {
            literal: 0
            for name, literal in problem.literals.items()
            if name not in self.members and name not in self.hard
        }
        outcome = problem.solver.solve(problem.model, None, fixed, tuple(literals))
        if isinstance(outcome, Infeasible):
            # It may name literals of nobody, or none where the hard part fails by itself.
            named = {literals[literal] for literal in outcome.core if literal in literals}
            return tuple(name for name in self.members if name in named) or tuple(self.members)
        if isinstance(outcome, Unknown):
            return outcome
        # A rounded row may admit what the exact check refuses.
        result = problem.best([*self.hard, *self.members], ())
        return tuple(self.members) if isinstance(result, Infeasible) else _reached(result)

    def _shrunk(self, names: Sequence[str], problem: Problem) -> Conflict | Unknown:
        """Some members, known to be infeasible, less those that are not needed for that.

        One after the other is left out, and stays out only where the rest is proved infeasible.
        """
        kept, position = list(names), 0
        witnesses: dict[str, Assignment] = {}
        while position < len(kept):
            outcome = problem.best([*self.hard, *kept[:position], *kept[position + 1 :]], ())
            if isinstance(outcome, Unknown):
                return outcome
            if isinstance(outcome, Infeasible):
                del kept[position]
            else:
                witnesses[kept[position]] = outcome.assignment
                position += 1
        return Conflict(tuple(kept), witnesses)

    def _find(self) -> str:
        """Find the minimal conflicts; why not all of them, if so."""
        if not self._rounds:
            self._meet(self._witnessed(self.known))
        while True:
            found = self._next()
            if isinstance(found, str):
                return found
            if len(self._found) == self.limits.conflicts:
                return f"there are more than the {len(self._found)} smallest conflicts shown"
            # It is minimal: a conflict within it would meet all corrections and be smaller.
            self._sets.forbid(found.names)
            self._found[found.names] = found.proof

    def _next(self) -> _Found | str:
        """The smallest conflict that is not found so far, or why there is none: "" after all."""
        while self._rounds < self.limits.rounds:
            self._rounds += 1
            candidate = self._sets.smallest()
            if isinstance(candidate, Infeasible):
                return ""
            if isinstance(candidate, Unknown):
                return _unfinished(candidate)
            outcome = self._extended(candidate)
            if isinstance(outcome, Unknown):
                return _unfinished(outcome)
            if isinstance(outcome, Infeasible):
                return _Found(candidate, outcome)
            self._meet([outcome, *self._witnessed(self._asked())])
        return f"the search was cut after {self.limits.rounds} rounds"

    def _meet(self, witnesses: Iterable[_Witness]) -> None:
        """Of what a witness leaves out every conflict has something, or the rest is infeasible."""
        for witness in witnesses:
            self._sets.meet(tuple(name for name in self.members if name not in witness.met))

    def _witnessed(self, assignments: Iterable[Assignment]) -> Iterator[_Witness]:
        """Assignments as witnesses, as far as they meet all that has to be met."""
        for assignment in filter(self.problem.has, assignments):
            evaluator = self.problem.evaluator(assignment)
            if all(evaluator.truth(self.problem.conditions[name]) for name in self.hard):
                yield self._witness(assignment, evaluator)

    def _extended(self, names: Sequence[str]) -> _Witness | Infeasible | Unknown:
        """An assignment that meets some members and as many others as possible."""
        if self.known and not self.problem.literals.keys() >= set(self.members):
            # Often there is none, which a model of these alone tells before others are compiled.
            result = self.problem.best([*self.hard, *names], ())
            if not isinstance(result, Optimal):
                return result
            if self.further:  # which may leave no need for a model of all
                return self._shown(result)
        rest = [name for name in self.members if name not in names]
        result = self.problem.best([*self.hard, *names], (), soft=rest)
        return self._shown(result) if isinstance(result, Optimal) else result

    def _asked(self) -> Iterable[Assignment]:
        """What is known further, the first time."""
        further, self.further = self.further, None
        return further() if further else ()

    def _shown(self, result: Optimal) -> _Witness:
        return self._witness(result.assignment, result.evaluator)

    def _witness(self, assignment: Assignment, evaluator: Evaluator) -> _Witness:
        conditions = self.problem.conditions
        met = frozenset(n for n in self.members if evaluator.truth(conditions[n]))
        witness = _Witness(assignment, met)
        self._witnesses.append(witness)
        return witness

    def without(self, names: Collection[str]) -> Assignment | Infeasible | Unknown:
        """An assignment that meets all members but some."""
        return self._meeting(frozenset(self.members) - frozenset(names))

    def _meeting(self, names: frozenset[str]) -> Assignment | Infeasible | Unknown:
        # What another question has brought up often answers this one, without a solve.
        for witness in self._witnesses:
            if names <= witness.met:
                return witness.assignment
        result = self.problem.best([*self.hard, *sorted(names, key=self._place)], ())
        return self._shown(result).assignment if isinstance(result, Optimal) else result

    def _prove(self, names: tuple[str, ...]) -> str:
        """Prove a conflict a second way, with a witness without each member; why not, if so."""
        if names in self._proved:
            return ""
        if not self.problem.confirms(self._found[names], [*self.hard, *names]):
            return f"a conflict of {len(names)} conditions could not be proved a second time"
        witnesses = {}
        for name in names:
            witness = self._meeting(frozenset(names) - {name})
            if isinstance(witness, Infeasible | Unknown):
                return f"a conflict of {len(names)} conditions could not be shown to be minimal"
            witnesses[name] = witness
        self._proved[names] = Conflict(names, witnesses)
        return ""

    def corrections(
        self, diagnosis: MinimalConflicts, changeable: Collection[str]
    ) -> tuple[tuple[CorrectionSet, ...], str]:
        """The minimal sets of changeable members whose removal leaves no conflict, and any cut.

        They are the minimal hitting sets of the conflicts; each is shown by an assignment. From
        an incomplete diagnosis none can be derived.
        """
        if not diagnosis.complete:
            return (), "corrections need all conflicts"
        sets = [
            [n for n in conflict.members if n in changeable] for conflict in diagnosis.conflicts
        ]
        if not all(sets):
            return (), ""  # a conflict of what cannot be changed: no correction resolves it
        changeable_members = [name for name in self.members if name in changeable]
        search = _HittingSets(changeable_members, self.problem.solver)
        for names in sets:
            search.meet(tuple(names))
        shown: list[CorrectionSet] = []
        while not isinstance(candidate := search.smallest(), Infeasible):
            if isinstance(candidate, Unknown):
                return tuple(shown), _unfinished(candidate)
            if len(shown) == self.limits.corrections:
                return tuple(shown), f"there are more than the {len(shown)} smallest corrections"
            witness = self.without(candidate)
            if isinstance(witness, Unknown):
                return tuple(shown), _unfinished(witness)
            if isinstance(witness, Infeasible):
                return tuple(shown), "a correction could not be shown"
            shown.append(CorrectionSet(candidate, witness))
            search.forbid(candidate)
        return tuple(shown), ""

    def _place(self, name: str) -> int:
        return self.members.index(name)

    def _places(self, names: Sequence[str]) -> list[int]:
        return [self._place(name) for name in names]


def _reached(result: Optimal | Unknown) -> Assignment | Unknown:
    return result.assignment if isinstance(result, Optimal) else result


def _unfinished(unknown: Unknown) -> str:
    return f"a proof was not finished: {unknown.reason}"


class _HittingSets:
    """The smallest set that meets every given set and contains none of the forbidden ones."""

    def __init__(self, members: Sequence[str], solver: Solver) -> None:
        self._model = IntegerModel()
        self._literals = {name: self._model.boolean() for name in members}
        variables = tuple(self._literals.values())
        # Fewest members first, then those that come first.
        weights = tuple(-_MEMBER - place for place in range(len(variables)))
        self._objective = Objective(variables, weights)
        self._solver = solver

    def meet(self, names: Sequence[str]) -> None:
        """Require one of some members."""
        self._model.clause(self._literals[name] for name in names)

    def forbid(self, names: Sequence[str]) -> None:
        """Require that not all of some members are in."""
        self._model.clause(negated(self._literals[name]) for name in names)

    def smallest(self) -> tuple[str, ...] | Infeasible | Unknown:
        """The smallest such set, or a proof that there is no other."""
        outcome = self._solver.solve(self._model, self._objective)
        if not isinstance(outcome, Solution):
            return outcome
        return tuple(name for name, literal in self._literals.items() if outcome.values[literal])
