"""What a batch writes: results as JSON Lines or as rows of one flat table, failures likewise."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, Literal, TypeAlias

from constraints.text.numerals import decimal_string
from cp_pricing.catalog.plans import Catalog
from cp_pricing.fields import (
    ALLOWANCE,
    CONFIDENCE,
    DISCOUNT,
    FIELDS,
    RATES,
    by_meter,
    in_field_order,
    shown_field,
)
from cp_pricing.files.csv_lines import Cell, csv_line
from cp_pricing.intake.row_requests import Failure
from cp_pricing.results import TuningResult
from cp_pricing.terms import AnyTerms, CardTerms

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
# What a result has by itself, and what it has of its lifetime value.
_OWN = ("request_id", "decision", "reason", "baseline", "profile", "quote")
_LTV = ("tuned", "reference_configuration", "reference", "required", "improvement")
_LAST = (
    *("preference", "objective_value", "objective_unit"),
    *(f"ltv_{name}" for name in _LTV),
    CONFIDENCE,
    *("approvers", "waived_rules", "near_miss_violated", "warnings", "explanation"),
    *("price_book_digest", "solver_status"),
    *_NESTED,
)


def _with_terms(fields: Iterable[str]) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {"row": "whole"}
    columns |= {name: _FIELD_TYPES.get(name, "text") for name in (*_OWN, *fields, *_LAST)}
    return columns


# Where every plan has a usage price.
RESULT_COLUMNS = _with_terms(FIELDS)
FAILURE_COLUMNS: dict[str, ColumnType] = {
    field.name: "whole" if field.type == "int" else "text" for field in fields(Failure)
}


def result_columns(catalog: Catalog) -> dict[str, ColumnType]:
    """The columns for the plans of a catalog: each of their fields, and `rates` if any has them."""
    plans = catalog.configurations
    shown: dict[str, None] = {}
    for field in in_field_order(dict.fromkeys(own for plan in plans for own in plan.fields)):
        kinds = {plan.is_card for plan in plans if field in plan.fields}
        shown |= dict.fromkeys(shown_field(field, is_card=kind) for kind in sorted(kinds))
    nested: dict[str, ColumnType] = {RATES: "text"} if DISCOUNT in shown else {}
    return {**_with_terms(shown), **nested}


def _term_cells(terms: AnyTerms | None, shown: Mapping[str, Any]) -> dict[str, Cell]:
    """The fields of an answer by their columns, from its terms and their JSON.

    Of a rate card there are the allowance of each meter, the prices agreed in place of rates, and
    all rates as JSON.
    """
    if not isinstance(terms, CardTerms):
        return dict(shown)
    rates: Mapping[str, Any] = shown["rates"]
    plain = {name: value for name, value in shown.items() if name not in {RATES, "list_rates"}}
    allowances = {by_meter(ALLOWANCE, meter): own["included"] for meter, own in rates.items()}
    agreed = {by_meter(RATES, meter): decimal_string(p) for meter, p in terms.instead.items()}
    return {**plain, **allowances, **agreed, RATES: _json(rates)}


def result_cells(
    row: int, result: TuningResult, columns: Iterable[str] = RESULT_COLUMNS
) -> dict[str, Cell]:
    """A result by the columns of the flat table; numbers are exact decimal texts."""
    shown = result.model_dump(mode="json")
    ltv, objective = shown["ltv"], shown["objective"]
    terms = _term_cells(result.configuration, shown["configuration"] or {})
    cells: dict[str, Cell] = {
        **terms,
        "row": row,
        **{name: shown[name] for name in _OWN},
        "preference": objective["preference"],
        "objective_value": objective["value"],
        "objective_unit": objective["unit"],
        **{f"ltv_{name}": ltv[name] for name in _LTV},
        CONFIDENCE: shown["confidence"] and shown["confidence"]["share"],
        "approvers": _joined(approval.approver for approval in result.approvals),
        "waived_rules": _joined(rule for item in result.approvals for rule in item.rules),
        "near_miss_violated": _joined(result.near_miss.violated if result.near_miss else ()),
        "warnings": "\n".join(result.warnings) or None,
        "explanation": result.explanation or None,
        "price_book_digest": result.provenance.price_book_digest,
        "solver_status": result.provenance.solver_status,
    }
    cells |= {name: _json(shown[name]) if shown[name] else None for name in _NESTED}
    return {name: cells.get(name) for name in columns}


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
    kind: OutputFormat, columns: Collection[str], *, plain: bool = False
) -> Callable[[int, TuningResult], bytes]:
    """What writes results in a format, tables with these columns, `plain` as for `csv_line`."""
    match kind:
        case "jsonl":
            return result_line
        case "csv":
            return lambda row, r: csv_line(result_cells(row, r, columns).values(), plain=plain)
        case "parquet":
            # It cannot be written piece by piece without its end: it is made of JSON at the end.
            return lambda row, result: json_line(result_cells(row, result, columns))


def failure_writer(kind: OutputFormat, *, plain: bool = False) -> Callable[[Failure], bytes]:
    """What writes failures in a format, `plain` as for `csv_line`."""
    if kind == "csv":
        return lambda failure: csv_line(failure_cells(failure).values(), plain=plain)
    return lambda failure: json_line(failure_cells(failure))
