"""The rows of a Parquet file, one by one, whatever is wrong with it."""

from __future__ import annotations

import io
from collections.abc import Iterator

from cp_pricing.intake.content import MAXIMUM_BYTES, Placed, Unreadable
from cp_pricing.intake.csv_rows import given_twice
from cp_pricing.intake.sources import TABLES_HINT, refused

_ROWS_AT_ONCE = 1024
# What the library raises for files that are damaged, or hold what Python has no value for.
_FAULTS = (ArithmeticError, LookupError, MemoryError, OSError, TypeError, ValueError)


def records(file: io.BufferedReader) -> Iterator[Placed]:
    """The rows of a file, empty values left out; raises `EOFError` from where it is damaged."""
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra
    except ImportError:
        raise refused("", "Parquet files cannot be read here", TABLES_HINT) from None
    try:
        table = parquet.ParquetFile(file)
        if twice := given_twice(table.schema_arrow.names):
            yield Placed(0, 0, twice)
            return
        for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                yield Placed(0, 0, _short({k: v for k, v in row.items() if v is not None}))
    except (ArrowException, *_FAULTS) as error:
        raise EOFError((str(error).splitlines() or ["it cannot be understood"])[0]) from error


def _short(row: dict[str, object]) -> dict[str, object] | Unreadable:
    if sum(len(value) for value in row.values() if isinstance(value, str | bytes)) > MAXIMUM_BYTES:
        return Unreadable(f"the row is longer than {MAXIMUM_BYTES:,} bytes")
    return row
