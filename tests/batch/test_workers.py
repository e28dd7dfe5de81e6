"""Work in chunks by processes that may die: in order, nothing lost, nothing twice, bounded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cp_pricing.workers import AHEAD, DIED, NoWorkersError, Pool, shared_out
from tests.support.batch import Squares, Stillborn
from tests.support.command import ENVIRONMENT


def test_dying_workers_cost_no_answer_and_change_no_order(tmp_path: Path) -> None:
    fuses = {
        3: "k",  # kills the worker of its chunk once
        14: "kkk",  # ... and twice more when it is tried by itself
        25: "kkkk",  # ... and every time
        31: "rrrr",  # raises every time
        44: "k",  # in the last chunk
    }
    for item, fuse in fuses.items():
        (tmp_path / str(item)).write_text(fuse)
    chunks = [list(range(start, start + 5)) for start in range(0, 45, 5)]
    with Pool(Squares(tmp_path), 2) as pool:
        found = [part for answer in pool.answers(chunks) for part in answer]
        assert len(pool._processes) == 2
    expected: list[int | str] = [item * item for item in range(45)]
    expected[25] = f"25: given up after 3 tries by itself: {DIED}"
    expected[31] = "31: given up after 3 tries by itself: ArithmeticError: no square"
    assert found == expected
    assert not any((tmp_path / str(item)).read_text() for item in fuses)


def test_only_so_many_chunks_are_taken_ahead(tmp_path: Path) -> None:
    taken = 0

    def chunks() -> Iterator[list[int]]:
        nonlocal taken
        while True:
            taken += 1
            yield [taken]

    with Pool(Squares(tmp_path), 1) as pool:
        answers = pool.answers(chunks())
        for given in range(1, 30):
            assert next(answers) == [given * given]
            assert taken <= given + AHEAD


def test_workers_that_cannot_begin_end_the_work() -> None:
    with Pool(Stillborn(), 1) as pool, pytest.raises(NoWorkersError, match="status -9"):
        list(pool.answers([[1]]))


def test_no_chunks_no_answers(tmp_path: Path) -> None:
    with Pool(Squares(tmp_path), 1) as pool:
        assert list(pool.answers([])) == []


@pytest.mark.parametrize("worth", [0.0, 1e9])
def test_shared_or_not_the_answers_are_the_same(tmp_path: Path, worth: float) -> None:
    (tmp_path / "5").write_text("k" if worth == 0 else "")
    found = list(shared_out(Squares(tmp_path), range(9), 2, worth=worth))
    assert found == [[item * item] for item in range(9)]


def test_without_other_processes_this_one_does_it_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none(*_: object) -> None:
        raise NoWorkersError("none")

    monkeypatch.setattr(Pool, "_start", none)
    assert list(shared_out(Squares(tmp_path), [2, 3, 4], 2, worth=0.0)) == [[4], [9], [16]]


def test_ctrl_c_does_not_reach_a_worker_that_begins() -> None:
    # In a Python of its own, in which no process has been started yet.
    code = "from tests.support.batch import deaf_from_the_beginning as told; print(told())"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert found.stdout == "[True, True, True]\n"


def test_a_program_that_no_worker_can_begin_in_is_told_and_does_not_wait(tmp_path: Path) -> None:
    # Its main module is not guarded, so that each worker fails before it knows what there is to do:
    # with the pilot's draws more than a pipe holds.
    program = tmp_path / "unguarded.py"
    program.write_text(
        "from cp_pricing import load, pilot_folder, solve_many\n"
        "print(len(list(solve_many(*load(pilot_folder()), detail='decision', workers=2))))\n"
    )
    found = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=ENVIRONMENT,
    )
    assert found.returncode == 1
    assert "NoWorkersError: no worker could be started" in found.stderr
    assert not found.stdout
