"""What a batch writes: results as JSON Lines or as rows of one flat table, failures likewise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Literal, TypeAlias

from cp_pricing.fields import FIELDS
from cp_pricing.files.csv_lines import Cell, csv_line
from cp_pricing.intake.row_requests import Failure
from cp_pricing.results import TuningResult

OutputFormat: TypeAlias = Literal["jsonl", "csv", "parquet"]
ColumnType: TypeAlias = Literal["text", "whole", "flag"]

_FIELD_TYPES: dict[str, ColumnType] = {
    "contract_duration_months": "whole",
    "customer_funded_onboarding": "flag",
    "reduced_cancellation_flexibility": "flag",
}
# Parts that no flat table has room for, as JSON text.
_NESTED = (
    "ladder",
    "rules",
    "blocking_sets",
    "conflicts",
    "corrections",
    "counteroffers",
    "policy_edits",
    "trade_offs",
    "completeness",
)
RESULT_COLUMNS: dict[str, ColumnType] = {
    "row": "whole",
    "request_id": "text",
    "decision": "text",
    "reason": "text",
    "baseline": "text",
    "profile": "text",
    "quote": "text",
    **{field: _FIELD_TYPES.get(field, "text") for field in FIELDS},
    "preference": "text",
    "objective_value": "text",
    "objective_unit": "text",
    "ltv_tuned": "text",
    "ltv_reference_configuration": "text",
    "ltv_reference": "text",
    "ltv_required": "text",
    "ltv_improvement": "text",
    "approvers": "text",
    "waived_rules": "text",
    "near_miss_violated": "text",
    "warnings": "text",
    "explanation": "text",
    "price_book_digest": "text",
    "solver_status": "text",
    **dict.fromkeys(_NESTED, "text"),
}
FAILURE_COLUMNS: dict[str, ColumnType] = {
    field.name: "whole" if field.type == "int" else "text" for field in fields(Failure)
}


def result_cells(row: int, result: TuningResult) -> dict[str, Cell]:
    """A result by the columns of the flat table; numbers are exact decimal texts."""
    shown = result.model_dump(mode="json")
    ltv, objective, terms = shown["ltv"], shown["objective"], shown["configuration"] or {}
    cells: dict[str, Cell] = {
        "row": row,
        **{name: shown[name] for name in ("request_id", "decision", "reason", "baseline")},
        "profile": shown["profile"],
        "quote": shown["quote"],
        **{field: terms.get(field) for field in FIELDS},
        "preference": objective["preference"],
        "objective_value": objective["value"],
        "objective_unit": objective["unit"],
        "ltv_tuned": ltv["tuned"],
        **{f"ltv_{name}": ltv[name] for name in ("reference_configuration", "reference")},
        **{f"ltv_{name}": ltv[name] for name in ("required", "improvement")},
        "approvers": _joined(approval.approver for approval in result.approvals),
        "waived_rules": _joined(rule for item in result.approvals for rule in item.rules),
        "near_miss_violated": _joined(result.near_miss.violated if result.near_miss else ()),
        "warnings": "\n".join(result.warnings) or None,
        "explanation": result.explanation or None,
        "price_book_digest": result.provenance.price_book_digest,
        "solver_status": result.provenance.solver_status,
    }
    return cells | {name: _json(shown[name]) if shown[name] else None for name in _NESTED}


def _joined(names: Iterable[str]) -> str | None:
    return ";".join(names) or None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def result_line(row: int, result: TuningResult) -> bytes:
    """A result as `solve --format jsonl` writes it; a table would need its row's number."""
    del row
    return f"{result.model_dump_json()}\n".encode()


def failure_cells(failure: Failure) -> dict[str, Cell]:
    """A failure by its columns; a file without lines has none."""
    cells: dict[str, Cell] = asdict(failure)
    # A line of zero would be looked for.
    if not failure.line:
        cells |= {"line": None, "column": None}
    cells |= {"hint": failure.hint or None}
    return {name: _encodable(c) if isinstance(c, str) else c for name, c in cells.items()}


def _encodable(text: str) -> str:
    """A text that can be written, whatever bytes a file's name has."""
    return text.encode(errors="backslashreplace").decode()


def json_line(cells: Mapping[str, Cell]) -> bytes:
    """Cells as a JSON object in a line."""
    return f"{_json(cells)}\n".encode()


def csv_header(columns: Iterable[str]) -> bytes:
    """The first line of a CSV file."""
    return csv_line(columns, plain=True)


def result_writer(
    kind: OutputFormat, *, plain: bool = False
) -> Callable[[int, TuningResult], bytes]:
    """What writes results in a format, `plain` as for `csv_line`."""
    match kind:
        case "jsonl":
            return result_line
        case "csv":
            return lambda row, r: csv_line(result_cells(row, r).values(), plain=plain)
        case "parquet":
            # It cannot be written piece by piece without its end: it is made of JSON at the end.
            return lambda row, result: json_line(result_cells(row, result))


def failure_writer(kind: OutputFormat, *, plain: bool = False) -> Callable[[Failure], bytes]:
    """What writes failures in a format, `plain` as for `csv_line`."""
    if kind == "csv":
        return lambda failure: csv_line(failure_cells(failure).values(), plain=plain)
    return lambda failure: json_line(failure_cells(failure))
