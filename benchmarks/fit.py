"""Fits: seconds and memory of `cp-pricing profile fit`, from tables to draws.

    python benchmarks/fit.py [--tiny] [--rows N] [--draws N]

The tables are invented, by DuckDB itself; the mean use of the profile is compared with its sum.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from measuring import machine, table

ROOT = Path(__file__).resolve().parent.parent
MONTHS = 25
# A customer starts on the first of a month and stays for a geometric number of months.
SUBSCRIPTIONS = """
COPY (
  SELECT 'customer-' || n AS customer, start, 'team' AS plan,
    CASE WHEN until < DATE '2026-10-01' THEN until END AS "end"
  FROM (
    SELECT n, start, start + to_months(1 + floor(ln(1 - random()) / ln(0.97))::INT) AS until
    FROM (
      SELECT n, DATE '2024-09-01' + to_months((n % 12)::INT) AS start FROM range({customers}) t(n)
    )
  )
) TO '{folder}/subscriptions.{ending}'
"""
USAGE = """
COPY (
  SELECT customer, strftime(month, '%Y-%m') AS month, (1e6 * exp(random() * 4))::BIGINT AS units
  FROM (
    SELECT customer, unnest(range("start"::TIMESTAMP, coalesce("end", DATE '2026-10-01')::TIMESTAMP,
      INTERVAL 1 MONTH)) AS month
    FROM '{folder}/subscriptions.{ending}'
  )
) TO '{folder}/usage.{ending}'
"""


def write_tables(folder: Path, ending: str, rows: int) -> int:
    """Write both tables with about so many rows of use; how many these are."""
    with duckdb.connect() as db:
        db.execute("SELECT setseed(0.5)")
        db.execute("SET threads = 1")
        # Two thirds of the months that there could be are those of somebody who is still there.
        customers = max(rows * 10 // (MONTHS * 6), 50)
        for sql in (SUBSCRIPTIONS, USAGE):
            db.execute(sql.format(customers=customers, folder=folder, ending=ending))
        return int(one_number(f"SELECT count(*) FROM '{folder}/usage.{ending}'"))


def one_number(sql: str) -> float:
    return float((duckdb.execute(sql).fetchone() or (0,))[0])


def fitted(folder: Path, ending: str, draws: int) -> tuple[float, float, float, str]:
    """Seconds of the clock and of all processors, peak memory in bytes, and what is said."""
    tables = [
        argument
        for name in ("subscriptions", "usage")
        for argument in (f"--{name}", str(folder / f"{name}.{ending}"))
    ]
    command = ["profile", "fit", *tables, "--profile", "team", "--as-of", "2026-09-30"]
    command += ["--draws", str(draws), "--out", str(folder / "fitted.yaml")]
    started = time.perf_counter()
    program = [sys.executable, "-c", "from cli.main import run; run()", *command]
    with subprocess.Popen(  # noqa: S603 - ourselves
        program, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the command ended with status {process.returncode}")
    seconds = time.perf_counter() - started
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output


def is_exact(folder: Path, ending: str, output: str) -> bool:
    """Whether the mean use that the command tells is that of the whole table."""
    mean = one_number(f"SELECT avg(units) FROM '{folder}/usage.{ending}'")
    told = re.search(r"use: ([\d,]+) units", output)
    return told is not None and abs(int(told[1].replace(",", "")) / mean - 1) < 1e-5


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--tiny", action="store_true")
    asked.add_argument("--rows", type=int, default=10_000_000)
    asked.add_argument("--draws", type=int, default=200)
    options = asked.parse_args()
    rows = 5_000 if options.tiny else options.rows
    lines, differences = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending in ("csv", "parquet"):
            count = write_tables(folder, ending, rows)
            seconds, busy, memory, output = fitted(
                folder, ending, 20 if options.tiny else options.draws
            )
            differences += not is_exact(folder, ending, output)
            size = (folder / f"usage.{ending}").stat().st_size
            figures = f"{size / 1e6:,.0f}", f"{seconds:.1f}", f"{busy:.1f}", f"{memory / 1e9:.2f}"
            lines.append((ending, f"{count:,}", *figures))
    print(machine())
    print(table(("tables", "rows of use", "MB", "seconds", "of processors", "peak GB"), lines))
    print(f"{len(lines)} comparisons, {differences} differences")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
