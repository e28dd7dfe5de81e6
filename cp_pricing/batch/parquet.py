"""Parquet from lines of JSON, some thousand rows at a time."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from cp_pricing.batch.output import ColumnType

# The same groups of rows however often a batch was interrupted.
GROUP_ROWS = 20_000


def lacking(ending: str) -> str | None:
    """The package that files of an ending need and that is not installed."""
    needed = {".parquet": "pyarrow", ".zst": "zstandard"}.get(ending)
    return needed if needed and importlib.util.find_spec(needed) is None else None


def write_parquet(lines: Path, target: BinaryIO, columns: Mapping[str, ColumnType]) -> None:
    """Write the rows of a file of JSON lines as one table."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415

    types = {"text": pa.string(), "whole": pa.int64(), "flag": pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer, lines.open("rb") as f:
        for rows in _groups(f):
            writer.write_table(pa.Table.from_pylist(rows, schema), row_group_size=GROUP_ROWS)


def _groups(lines: Iterator[bytes]) -> Iterator[list[dict[str, Any]]]:
    while rows := [json.loads(line) for line in islice(lines, GROUP_ROWS)]:
        yield rows
