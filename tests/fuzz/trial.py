"""One case tried: its folder is loaded, its requests are solved, and all that is said is read."""

from __future__ import annotations

import json
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn, TypeVar

from constraints.text.source import InputError
from cp_pricing.book.loading import load
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from tests.fuzz.books import FILES, Book, write
from tests.fuzz.limits import Hang, limited
from tests.fuzz.malformed import reasons
from tests.fuzz.messages import Fault, message_faults
from tests.fuzz.mutation import Case
from tests.fuzz.trees import Reason

T = TypeVar("T")

DECISIONS = frozenset(("accepted", "requires_approval", "rejected", "unknown"))
SOLVER_SECONDS = 0.5
SECONDS = (*(SOLVER_SECONDS,) * 12, 0.0001, 0.001, 0.01, 0.1)
SHOWN = 6_000  # characters of a traceback
ADDED_KEYS = {"unknown_key": "unknown key", "duplicate_key": "duplicate key"}
SOLVE_CPU_SECONDS = 20  # several optimisations of half a second, on a machine that is busy
_DECIMAL = re.compile(r"-?\d+(\.\d+)?|unlimited")


@dataclass
class Outcome:
    """What became of cases: how many ended how, and every fault with its seed."""

    cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count another outcome in."""
        self.cases += other.cases
        self.kinds += other.kinds
        self.faults += other.faults


class FaultError(Exception):
    """The case is at fault and cannot go on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def try_case(case: Case) -> Outcome:
    """What became of one case."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(case.book, folder)
        attempt = _Attempt(case, folder)
        try:
            attempt.run()
        except FaultError as error:
            attempt.note(error.fault)
        return attempt.outcome


class _Attempt:
    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self.folder = folder
        self.outcome = Outcome(1)

    def note(self, *faults: Fault) -> None:
        self.outcome.faults += [(self.case.seed, fault) for fault in faults]

    def run(self) -> None:
        found = reasons(self.case.book)
        try:
            book, requests = guarded("load", lambda: load(self.folder), InputError)
        except InputError as error:
            self.outcome.kinds["refused"] += 1
            self.note(*_refusal_faults(error, self.case, self.folder, found))
            return
        self.outcome.kinds["valid"] += 1
        if found:
            kinds = " and ".join(sorted({reason.kind for reason in found}))
            self.note(Fault(f"answered in spite of: {kinds}", "; ".join(map(str, found))))
        self._solve(book, requests)

    def _solve(self, book: PriceBook, requests: tuple[TuningRequest, ...]) -> None:
        request = self.case.rng.choice(requests)  # one, since solving takes longer than reading
        seconds = self.case.rng.choice(SECONDS)
        result = guarded("solve", partial(solved, book, request, seconds))
        self.outcome.kinds[result.decision] += 1
        self.note(*result_faults(result, request))
        if self.case.harmless and seconds == SOLVER_SECONDS:  # less time, less of a reading
            self.note(*_differences(result, self.case.original, request))


def solved(
    book: PriceBook, request: TuningRequest, seconds: float = SOLVER_SECONDS
) -> TuningResult:
    return solve(book, request, time_limit=seconds)


def guarded(what: str, run: Callable[[], T], *expected: type[Exception]) -> T:
    """What a call returns; anything that it raises, other than expected, is a fault."""
    try:
        with limited(SOLVE_CPU_SECONDS) if what == "solve" else limited():
            return run()
    except expected:
        raise
    except Hang as error:
        _fail(f"{what}: hangs {_frame(error)}", error)
    except Exception as error:  # noqa: BLE001 - any exception is a finding
        _fail(f"{what}: {type(error).__name__} {_frame(error)}", error)


def _fail(kind: str, error: BaseException) -> NoReturn:
    raise FaultError(Fault(kind, _shown(error)))


def _shown(error: BaseException) -> str:
    shown = "".join(traceback.format_exception(error, limit=-12, chain=False))
    return shown if len(shown) < SHOWN else f"{shown[: SHOWN // 3]}...{shown[-SHOWN // 3 :]}"


def _frame(error: BaseException) -> str:
    """The innermost place in our own packages."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if re.search(r"/(constraints|cp_pricing|cli)/\w+\.py$", f.filename)]
    last = ours[-1] if ours else frames[-1]
    return f"at {Path(last.filename).name}:{last.lineno} {last.name}"


def _refusal_faults(
    error: InputError, case: Case, folder: Path, found: list[Reason]
) -> Iterator[Fault]:
    if case.harmless:
        yield Fault("a harmless change is refused", str(error))
    if not error.issues:
        yield Fault("refused without an issue", str(error))
    names = {str(folder / name): name for name in FILES}
    try:
        with limited():
            yield from message_faults(error, case.book, names)
    except (Hang, Exception) as broken:  # noqa: BLE001 - any exception is a finding
        yield Fault(f"render: {type(broken).__name__} {_frame(broken)}", _shown(broken))
    yield from _unnamed(error, case, found, names)


def _unnamed(
    error: InputError, case: Case, found: list[Reason], names: dict[str, str]
) -> Iterator[Fault]:
    """The key that was put in, if no message names it; other damage might hide it."""
    if len(case.changes) > 1:
        return
    kind = ADDED_KEYS.get(case.changes[0].partition(": ")[2])
    for reason in found:
        told = [issue for issue in error.issues if names.get(issue.file) == reason.file]
        named = any(f"`{reason.word}`" in issue.message for issue in told)
        if reason.kind == kind and not named:
            yield Fault(f"not told: {reason.kind}", f"{reason}\n{error}")


def result_faults(result: TuningResult, request: TuningRequest) -> Iterator[Fault]:
    """What is wrong with the form of a result."""
    text = result.model_dump_json()
    data = json.loads(text, parse_constant=_refuse_constant)
    if result.decision not in DECISIONS or result.request_id != request.id:
        yield Fault("a result of another form", text)
    if TuningResult.model_validate_json(text).model_dump_json() != text:
        yield Fault("a result that changes on its way through JSON", text)
    answered = result.decision in {"accepted", "requires_approval"}
    if answered != (result.configuration is not None) or not result.explanation.strip():
        yield Fault("a result that lacks something", text)
    if answered and any(
        rule.status == "violated" and rule.effect == "reject" for rule in result.rules
    ):
        yield Fault("an answer that breaks a rule", text)
    for value in (*(data["configuration"] or {}).values(), data["ltv"]["reference"]):
        if isinstance(value, str) and not _DECIMAL.fullmatch(value):
            yield Fault("a number that is no decimal", text)


def _is_cut_short(result: TuningResult) -> bool:
    """Whether something was not decided in time, as a busy machine may have it at any place."""
    statuses = {result.decision, *(step.status for step in result.ladder)}
    return "unknown" in statuses or bool(result.completeness.note)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _differences(result: TuningResult, original: Book, request: TuningRequest) -> Iterator[Fault]:
    """In what the answer differs from that of the book without its harmless changes."""
    with TemporaryDirectory() as name:
        write(original, Path(name))
        book, requests = load(Path(name))
    before = next(one for one in requests if one.id == request.id)
    other = solved(book, before)
    ours, theirs = _comparable(result), _comparable(other)
    if ours != theirs and not (_is_cut_short(result) or _is_cut_short(other)):
        yield Fault("a harmless change has another answer", f"{ours}\n{theirs}")


def _comparable(result: TuningResult) -> dict[str, object]:
    data: dict[str, object] = result.model_dump(exclude={"provenance"})
    data["rules"] = [rule.model_dump(exclude={"source"}) for rule in result.rules]
    return data
