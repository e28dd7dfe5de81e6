"""Parquet files of strangers: whatever is wrong with one, the next is read."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyarrow import parquet

from cp_pricing.batch.job import Ended, Job, local, run
from tests.fuzz import bytewise
from tests.fuzz.messages import Fault
from tests.fuzz.trial import FaultError, Outcome, guarded
from tests.support.books import example

EVERY = 5
ROW = {"configuration": "membership-plus-overage", "profile": "small-team"}
GOOD = "from-the-next-file"
_DAMAGE = (
    *(bytewise.flip, bytewise.flip, bytewise.overwrite, bytewise.insert_foreign, bytewise.delete),
    *(bytewise.duplicate, bytewise.move, bytewise.truncate, bytewise.replace_all),
)
_COMPRESSION = ("none", "snappy", "gzip", "zstd")


def tables_outcome(seed: int) -> Outcome:
    """What became of a batch of a damaged file and a good one, if the case is of the sample."""
    outcome = Outcome()
    if seed % EVERY == 0:
        outcome.kinds["tables"] += 1
        rng = Random(f"{seed}:tables")  # noqa: S311 - repeatable tests, not secrets
        outcome.faults += [(seed, fault) for fault in _faults(rng)]
    return outcome


def _faults(rng: Random) -> list[Fault]:
    content = _table(rng.choice(_COMPRESSION), "any", rng.choice((1, 3)))
    for _ in range(rng.choice((1, 1, 2, 5))):
        content = rng.choice(_DAMAGE)(rng, content)
    with TemporaryDirectory() as name:
        top, asked = Path(name), Path(name, "asked")
        asked.mkdir()
        (asked / "a.parquet").write_bytes(content)
        (asked / "b.parquet").write_bytes(_table("none", GOOD, 1))
        job = Job(example(), str(asked), top / "r.jsonl", top / "e.jsonl", "decision")
        try:
            ended = guarded("solve", partial(run, job, local(0)))
        except FaultError as error:
            return [Fault(f"tables: {error.fault.kind}", error.fault.detail)]
        return _wrong(ended, top, asked)


def _wrong(ended: Ended, top: Path, asked: Path) -> list[Fault]:
    ids = [json.loads(line)["request_id"] for line in (top / "r.jsonl").read_bytes().splitlines()]
    failures = (top / "e.jsonl").read_bytes().splitlines()
    counted = (ended.progress.decided, ended.progress.failed)
    faults = []
    if GOOD not in ids:
        faults.append(Fault("tables: the next file is not read", str(failures)[:2000]))
    if counted != (len(ids), len(failures)):
        faults.append(Fault("tables: the counts do not fit the files", str(counted)))
    made = sorted(path.name for path in top.iterdir())
    if made != ["asked", "e.jsonl", "r.jsonl"] or len(list(asked.iterdir())) != len("ab"):
        faults.append(Fault("tables: a file too many", str(made)))
    return faults


@lru_cache
def _table(compression: str, name: str, count: int) -> bytes:
    rows = [{"id": f"{name}-{n}" if n else name, **ROW} for n in range(count)]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows), sink, compression=compression)
    return bytes(sink.getvalue().to_pybytes())
