"""The benchmarks run, and the alternatives that they time give the same answers."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.support.places import ROOT

BENCHMARKS = ROOT / "benchmarks"


def output_of(script: str, *options: str) -> str:
    """What a benchmark prints at its least size; it ends with status 1 if answers differ."""
    command = (sys.executable, str(BENCHMARKS / script), "--tiny", *options)
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def comparisons_in(output: str) -> tuple[int, int]:
    """How many answers were compared, and how many of them differed."""
    found = re.search(r"^([\d,]+) comparisons, ([\d,]+) differences", output, re.MULTILINE)
    assert found, output
    return int(found[1]), int(found[2])


def test_solver_bare_models_and_scans_agree() -> None:
    output = output_of("solve.py")
    compared, differences = comparisons_in(output)
    # Seven requests at three levels, each with an exact scan and one in floats, and their models.
    assert compared > 7 * 3 * 2
    assert differences == 0
    assert "91 of 91 (91 ticks, 10 rules)" in output


def test_conflicts_are_those_of_trying_every_point() -> None:
    output = output_of("conflicts.py")
    compared, differences = comparisons_in(output)
    assert compared >= 2 * 2
    assert differences == 0
    assert "the rejected pilot request" in output


def test_bare_models_of_a_batch_have_the_same_optima() -> None:
    output = output_of("batch.py", "--only", "core")
    assert comparisons_in(output) == (12, 0)
    assert "0 of 2" in output


def test_a_fit_is_timed_from_both_kinds_of_tables() -> None:
    output = output_of("fit.py")
    assert comparisons_in(output) == (2, 0)
    assert re.search(r"^\| parquet +\| +[\d,]+ \| +\d+ \| +\d+\.\d \|", output, re.MULTILINE)


def test_a_rate_card_is_timed_beside_one_price() -> None:
    output = output_of("rates.py")
    assert re.search(
        r"^decisions of many: a rate card / one price = \d+\.\d\d$", output, re.MULTILINE
    )
    assert "| a rate card |" in output


def test_an_asked_price_has_the_ladder_of_a_solved_one() -> None:
    output = output_of("asked.py")
    assert comparisons_in(output) == (2 * 3 * 11, 0)
    assert re.search(r"^\| decision, a tick above +\|( +\d+\.\d\d \|){2}", output, re.MULTILINE)


def test_answers_that_have_to_be_sure_are_timed_beside_others() -> None:
    output = output_of("confidence.py")
    for opened in ("price", "price and term"):
        for detail in ("decision", "rules"):
            row = rf"^\| {opened}, {detail} +\| +\d+(?:\.\d+)? \|"
            assert re.search(row, output, re.MULTILINE)


def test_readings_of_every_detail_are_timed() -> None:
    output = output_of("readings.py")
    for name in ("without draws", "the pilot"):
        assert re.search(rf"^\| {name}, 2 random, full +\| +[\d.,]+ \|", output, re.MULTILINE)
        assert re.search(rf"^\| one request, {name} +\|( +\d+\.\d\d \|){{4}}", output, re.MULTILINE)
        for detail in ("decision", "rules"):
            row = rf"^\| {name}, {detail} +\|( +\d+\.\d\d \|){{5}}"
            assert re.search(row, output, re.MULTILINE)


def test_proofs_are_timed_beside_cp_sat_alone() -> None:
    output = output_of("proofs.py")
    assert len(re.findall(r"^\| (?:analyze|compare), .* for ", output, re.MULTILINE)) == 12
