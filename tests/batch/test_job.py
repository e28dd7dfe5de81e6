"""Batches: every row accounted for, the same bytes however it was done, resumed or refused."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from constraints.text.source import InputError
from cp_pricing import InputError as PublicInputError
from cp_pricing import PriceBook, TuningResult, solve, solve_many
from cp_pricing.batch import job as batches
from cp_pricing.batch.job import Job, Solving, run
from cp_pricing.batch.output import FAILURE_COLUMNS, RESULT_COLUMNS
from cp_pricing.batch.private import BusyError
from cp_pricing.batch.record import Progress
from cp_pricing.batch.solving import BatchWork, Reply
from cp_pricing.batch.unfinished import Unfinished, folder_of
from cp_pricing.book.requests import TuningRequest
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.intake.rows import Row
from cp_pricing.tuning import decisions
from tests.batch_kill.trial import Plan, request_file, trial, undisturbed
from tests.support.batch import lines_of, requests, solved, write_lines
from tests.support.books import pilot
from tests.support.places import ROOT

BAD = ('{"id": "broken"', '{"id": "nobody", "configuration": "membership-plus-overage"}')


@pytest.fixture(name="asked")
def _asked(tmp_path: Path) -> Path:
    """Twenty requests, one of them twice by another name, and two that cannot be read."""
    good = list(requests(20))
    again = {**good[3], "id": "again"}
    return write_lines(tmp_path / "asked.jsonl", [*good[:5], BAD[0], *good[5:], BAD[1], again])


def asked_requests() -> list[TuningRequest]:
    texts = (json.dumps(request) for request in requests(20))
    return [
        TuningRequest.model_validate(json.loads(text), context=pilot().on_sale) for text in texts
    ]


def as_in_a_batch(result: TuningResult) -> TuningResult:
    provenance = result.provenance.model_copy(update={"seconds": 0.0})
    return result.model_copy(update={"provenance": provenance})


def test_each_row_is_decided_or_failed_in_its_order(tmp_path: Path, asked: Path) -> None:
    outcome = solved(asked, tmp_path / "o.jsonl", errors=tmp_path / "e.jsonl", detail="rules")
    found = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [as_in_a_batch(solve(pilot(), request)) for request in asked_requests()]
    expected.append(expected[3].model_copy(update={"request_id": "again"}))
    assert found == [result.model_dump_json() for result in expected]
    assert [(e["row"], e["line"], e["request_id"]) for e in lines_of(tmp_path / "e.jsonl")] == [
        (6, 6, None),
        (22, 22, "nobody"),
    ]
    assert outcome.progress.read == 23 == outcome.progress.decided + outcome.progress.failed
    assert outcome.progress.failed == 2
    assert not folder_of(tmp_path / "o.jsonl").exists()


def test_the_decision_alone_is_that_of_the_other_levels() -> None:
    for request in asked_requests():
        brief, rules = (
            as_in_a_batch(solve(pilot(), request, detail=d)) for d in ("decision", "rules")
        )
        left_out: dict[str, object] = {
            "reason": "",
            "explanation": "",
            "rules": (),
            "near_miss": None,
            "basis": None,
            "confidence": None,
        }
        left_out["warnings"] = tuple(w for w in rules.warnings if "customers" in w)
        usable = 3 if request.approval_mode == "allow_approval" else 1
        assert brief == rules.model_copy(update={**left_out, "ladder": rules.ladder[:usable]})


def test_workers_change_nothing(tmp_path: Path, asked: Path) -> None:
    for workers in (0, 2):
        out = tmp_path / f"{workers}.csv"
        solved(asked, out, errors=tmp_path / f"{workers}.jsonl", workers=workers)
    assert (tmp_path / "0.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert (tmp_path / "0.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_equal_requests_are_solved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (request,) = requests(1)
    twice = [{**request, "id": f"r{number}"} for number in range(50)]
    calls: list[TuningRequest] = []

    def counted(
        price_book: PriceBook, asked: Sequence[TuningRequest], time_limit: float
    ) -> list[TuningResult]:
        calls.extend(asked)
        return decisions(price_book, asked, time_limit)

    monkeypatch.setattr("cp_pricing.batch.solving.decisions", counted)
    solved(write_lines(tmp_path / "a.jsonl", twice), tmp_path / "o.jsonl")
    assert [line["request_id"] for line in lines_of(tmp_path / "o.jsonl")] == [
        f"r{number}" for number in range(50)
    ]
    assert len(calls) == 1


# --- tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tables_are_read_back_by_duckdb_and_polars(
    tmp_path: Path, asked: Path, ending: str
) -> None:
    out, errors = tmp_path / f"o{ending}", tmp_path / f"e{ending}"
    solved(asked, out, errors=errors, detail="rules")
    solved(asked, tmp_path / "o.jsonl", detail="rules")
    results = [TuningResult.model_validate(r) for r in lines_of(tmp_path / "o.jsonl")]
    read = f"read_{ending[1:]}"
    options = ", all_varchar=true" if ending == ".csv" else ""
    database = duckdb.connect()
    rows = database.execute(  # the price as an exact decimal
        f"SELECT row::BIGINT, request_id, usage_unit_price::DECIMAL(38, 18), "  # noqa: S608
        f"contract_duration_months::INT, customer_funded_onboarding::BOOLEAN, explanation, "
        f"json_array_length(rules) FROM {read}('{out}'{options}) ORDER BY 1"
    ).fetchall()
    expected = []
    numbers = [n for n in range(1, 24) if n not in {6, 22}]
    for number, result in zip(numbers, results, strict=True):
        terms = result.configuration
        shown: tuple[object, ...] = (None, None, None)
        if terms:
            price = Decimal(terms.price.numerator) / terms.price.denominator
            months, funded = terms.contract_duration_months, terms.customer_funded_onboarding
            shown = (price, months, funded)
        expected.append((number, result.request_id, *shown, result.explanation, len(result.rules)))
    assert rows == expected
    frame = pl.read_csv(out, infer_schema=False) if ending == ".csv" else pl.read_parquet(out)
    assert frame.columns == list(RESULT_COLUMNS)
    accepted = frame.filter(pl.col("decision") == "accepted")
    assert accepted.height == sum(result.decision == "accepted" for result in results) > 0
    tuned = [Fraction(text) for text in frame["ltv_tuned"].drop_nulls()]
    assert tuned == [result.ltv.tuned for result in results if result.ltv.tuned is not None]
    shares = [Fraction(text) for text in frame["ltv_confidence"].drop_nulls()]
    assert shares == [result.confidence.share for result in results if result.confidence]
    assert any(0 < share < 1 for share in shares)
    failed = database.execute(f"SELECT * FROM {read}('{errors}')")  # noqa: S608
    assert [column[0] for column in failed.description or ()] == list(FAILURE_COLUMNS)
    assert [row[0] for row in failed.fetchall()] == [6, 22]


def test_columns_are_documented() -> None:
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    for name in (*RESULT_COLUMNS, *FAILURE_COLUMNS):
        assert f"`{name}`" in page, name


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    for ending in ("csv", "parquet", "csv.gz", "jsonl.zst"):
        solved(tmp_path / "none.jsonl", tmp_path / f"o.{ending}")
    assert pl.read_parquet(tmp_path / "o.parquet").columns == list(RESULT_COLUMNS)
    assert pl.read_csv(tmp_path / "o.csv.gz").columns == list(RESULT_COLUMNS)
    with (tmp_path / "o.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file)) == [list(RESULT_COLUMNS)]


# --- what cannot be begun -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "errors"),
    [("o.xlsx", None), ("o.json", None), ("nowhere/o.csv", None), ("o.csv", "o.csv")],
)
def test_an_output_that_cannot_be_is_refused(
    tmp_path: Path, asked: Path, out: str, errors: str | None
) -> None:
    with pytest.raises(InputError):
        Job(pilot(), str(asked), tmp_path / out, tmp_path / errors if errors else None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.jsonl"]


# --- interruption ---------------------------------------------------------------------------


class _Cut(Exception):  # noqa: N818 - what the tests interrupt with
    pass


def cut_after(asked: Path, out: Path, chunks: int, **options: object) -> Progress:
    """A run that ends after some chunks, with what it had recorded."""
    count = 0
    seen = Progress()

    def watch(progress: Progress, _bytes: int) -> None:
        nonlocal count, seen
        count, seen = count + 1, progress
        if count == chunks:
            raise _Cut

    job = Job(pilot(), str(asked), out, detail="decision", **options)  # type: ignore[arg-type]
    with pytest.raises(_Cut):
        run(job, batches.local(0), watch)
    return seen


@pytest.fixture(name="small_chunks", autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(batches.CHUNK_ROWS, "decision", 3)


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ".csv.gz"])
def test_a_resumed_run_ends_as_an_undisturbed_one(tmp_path: Path, asked: Path, ending: str) -> None:
    whole, cut = tmp_path / f"whole{ending}", tmp_path / f"cut{ending}"
    solved(asked, whole)
    for chunks, read in ((2, 6), (3, 15)):
        assert cut_after(asked, cut, chunks, resume=True).read == read
        # What is written beyond the record does not count.
        with (folder_of(cut) / "results.part").open("ab") as part:
            part.write(b"half a li")
    assert not cut.exists()
    outcome = solved(asked, cut, resume=True)
    assert outcome.resumed_at == 15
    assert outcome.progress.read == 23
    assert cut.read_bytes() == whole.read_bytes()
    assert not folder_of(cut).exists()


def test_an_unfinished_run_is_not_begun_anew_by_mistake(tmp_path: Path, asked: Path) -> None:
    cut_after(asked, tmp_path / "o.csv", 1)
    with pytest.raises(InputError, match="has not been finished"):
        solved(asked, tmp_path / "o.csv")


def _changes(change: str, asked: Path, out: Path) -> Job:
    """The job of another run, in which something is not as it was."""
    if change == "the request file":
        asked.write_text(asked.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    book = pilot()
    if change == "the price book has changed":
        book = book.model_copy(update={"digest": "another"})
    detail = "rules" if change == "--detail has changed from `decision` to `rules`" else "decision"
    limit = 1.0 if change.startswith("the option --time-limit") else 30.0
    decimal = "," if change.startswith("the option --decimal") else None
    return Job(book, str(asked), out, None, detail, limit, resume=True, decimal=decimal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        "the request file",
        "the price book has changed",
        "--detail has changed from `decision` to `rules`",
        "the option --time-limit has changed from `30.0` to `1.0`",
        "the option --decimal has changed from `none` to `,`",
    ],
)
def test_what_has_changed_is_not_resumed(tmp_path: Path, asked: Path, change: str) -> None:
    out = tmp_path / "o.csv"
    cut_after(asked, out, 2)
    before = {path: path.read_bytes() for path in folder_of(out).iterdir()}
    with pytest.raises(PublicInputError) as caught:
        run(_changes(change, asked, out), batches.local(0))
    assert [change in issue.message for issue in caught.value.issues] == [True]
    assert {path: path.read_bytes() for path in folder_of(out).iterdir()} == before


def test_only_one_run_writes_an_output(tmp_path: Path, asked: Path) -> None:
    job = Job(pilot(), str(asked), tmp_path / "o.csv")
    with (
        Unfinished(job.results, job.failures, keep_failures=False),
        pytest.raises(BusyError),
    ):
        solved(asked, tmp_path / "o.csv")


def test_killed_between_write_and_rename(tmp_path: Path) -> None:
    """As `python -m tests.batch_kill` does fifty times and more."""
    plan = Plan(request_file(tmp_path, 60), ".csv", 1)
    reference = undisturbed(plan, tmp_path / "reference")
    assert {*reference.files} == {"results.csv", "apart/errors.csv"}
    draw = random.Random(3)  # noqa: S311 - no secrets
    kills, fault = trial(plan, reference, tmp_path / "trial", draw)
    assert kills > 0
    assert not fault


# --- as a library ---------------------------------------------------------------------------


def test_solve_many_yields_results_in_order() -> None:
    asked = asked_requests()[:9]
    expected = [as_in_a_batch(solve(pilot(), request, detail="decision")) for request in asked]
    for workers in (1, 2):
        found = solve_many(pilot(), asked, detail="decision", workers=workers)
        assert [as_in_a_batch(result) for result in found] == expected


@pytest.mark.parametrize(("detail", "ahead"), [("decision", 32), ("rules", 3)])
def test_solve_many_is_lazy(detail: Detail, ahead: int) -> None:
    taken = []

    def endless() -> Iterator[TuningRequest]:
        while True:
            for request in asked_requests()[:2]:
                taken.append(request)
                yield request

    results = solve_many(pilot(), endless(), detail=detail)
    assert not taken
    assert [next(results).request_id for _ in range(3)] == ["r0", "r1", "r0"]
    assert len(taken) == ahead


def test_solve_many_refuses_what_it_cannot_solve() -> None:
    request = asked_requests()[0].model_copy(update={"profile": "nobody"})
    with pytest.raises(KeyError):
        list(solve_many(pilot(), [request], workers=2))
    with pytest.raises(ValueError, match="one worker"):
        solve_many(pilot(), [], workers=0)
    detail: Any = "all"
    with pytest.raises(ValueError, match="decision, rules, full, not 'all'"):
        solve_many(pilot(), [], detail=detail)
    with pytest.raises(ValueError, match="decision, rules, full, not 'all'"):
        solve(pilot(), asked_requests()[0], detail=detail)


def test_an_engine_is_given_all_rows_in_order(tmp_path: Path, asked: Path) -> None:
    """The contract of engines, for one that does nothing but fail every row."""
    rows: list[Row] = []

    def engine(work: BatchWork) -> _Failing:
        return _Failing(work, rows)

    outcome = run(Job(pilot(), str(asked), tmp_path / "o.csv"), engine)
    assert [row.number for row in rows] == list(range(1, 24))
    assert outcome.progress.failed == 23
    assert len(outcome.first_failures) == 10


class _Failing:
    def __init__(self, work: BatchWork, rows: list[Row]) -> None:
        self._work, self._rows = work, rows

    def __enter__(self) -> Solving:
        def answers(chunks: object) -> object:
            for chunk in chunks:  # type: ignore[attr-defined]
                self._rows.extend(chunk)
                replies: list[Reply] = [self._work.given_up(row, "no") for row in chunk]
                yield self._work.joined(replies)

        return answers  # type: ignore[return-value]

    def __exit__(self, *_: object) -> None:
        return None
