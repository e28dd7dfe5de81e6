"""A row of a file as a tuning request, or every reason why it is none, with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from constraints.text.json_nodes import json_values, parse_json
from constraints.text.source import Issue
from constraints.text.spoken import DecimalMark
from cp_pricing.book.on_sale import OnSale
from cp_pricing.book.requests import TuningRequest
from cp_pricing.fields import ALLOWANCE, BOOLEAN_FIELDS, FIELDS, PRICE
from cp_pricing.files.located import read_model, sentence_of
from cp_pricing.files.models import FrozenMapping
from cp_pricing.files.values import MAXIMUM_ID, MAXIMUM_TERM, UNSAID
from cp_pricing.intake.content import Unreadable
from cp_pricing.intake.rows import Row

_PLAIN = ("id", "configuration", "profile", "preference", "approval_mode")
_USUAL = frozenset({*_PLAIN, "inputs"})
_DEFAULTS = {
    "inputs": {},
    "preference": "lower_usage_price",
    "approval_mode": "self_serve_only",
}
_PREFERENCES = ("lower_usage_price", "seller_ltv")
_MODES = ("self_serve_only", "allow_approval")
_USUAL_ID = re.compile(r"[\w.:/-]{1,100}", re.ASCII)
_USUAL_NUMBER = 10**12
_MEASURE = "monthly_units"
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Failure:
    """A row without an answer: where it stands and every reason; `line` 0 has no line."""

    row: int
    file: str
    record: int
    line: int
    column: int
    request_id: str | None
    reason: str
    hint: str = ""


Read: TypeAlias = TuningRequest | Failure


class RequestReader:
    """Reads rows against what is on sale; `decimal` is the mark that CSV has before decimals."""

    def __init__(self, on_sale: OnSale, decimal: DecimalMark | None = None) -> None:
        self._authored = on_sale
        self._parquet = replace(on_sale, authored=False)
        self._csv = replace(self._parquet, decimal=decimal or UNSAID)

    def read(self, row: Row) -> Read:
        """The request of a row, or why there is none."""
        match row.content:
            case Unreadable(reason, hint):
                return failure(row, reason, hint)
            case bytes(raw):
                return self._read_text(row, raw)
            case columns:
                return self._read_columns(row, columns)

    def _read_text(self, row: Row, raw: bytes) -> Read:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            return failure(row, f"the byte 0x{raw[error.start]:02X} is not UTF-8", "save as UTF-8")
        values = json_values(text)
        request = quick_request(values, self._authored)
        if request is not None:
            return request
        if values is not None:
            try:
                return TuningRequest.model_validate(values, context=self._authored)
            except ValidationError:
                pass  # Where the faults are is found out below, which takes much longer.
        node, issues = parse_json(text, row.file)
        if node is not None:
            issues += read_model(TuningRequest, node, self._authored)[1]
        return _failed_by(row, issues, _id_in(values))

    def _read_columns(self, row: Row, columns: Mapping[str, object]) -> Read:
        # Cells of CSV are as people and spreadsheets write them; texts of Parquet, as programs do.
        context = self._csv if row.line else self._parquet
        try:
            return TuningRequest.model_validate(entries_of(columns), context=context)
        except ValidationError as error:
            parts = error.errors(include_url=False)
            told = [_in_words(part) for part in parts if part["type"] != "reported"]
        reason = "; ".join(dict.fromkeys(message for message, _ in told))
        hint = "; ".join(dict.fromkeys(hint for _, hint in told if hint))
        return failure(row, reason, hint, _id_in(columns))


def quick_request(values: object, on_sale: OnSale) -> TuningRequest | None:
    """The request of plain JSON values that have nothing unusual; `None` leaves them to validation.

    It is what validation would return, in a quarter of the time.
    """
    # Whatever is unusual is left to validation: what is taken here must be beyond doubt.
    if not isinstance(values, dict) or not values.keys() <= _USUAL:
        return None
    given = {**_DEFAULTS, **values}
    if not all(isinstance(given.get(name), str) for name in _PLAIN):
        return None
    configuration = (on_sale.configurations or {}).get(given["configuration"])
    inputs = _quick_inputs(given["inputs"], on_sale)
    if (
        inputs is None
        or configuration is None
        # Where there are rates, these say nothing, or say it of the one meter.
        or (configuration.is_card and not inputs.keys().isdisjoint((PRICE, ALLOWANCE)))
        or given["profile"] not in (on_sale.profiles or ())
        or not configuration.is_available_to(given["profile"])
        or given["preference"] not in _PREFERENCES
        or given["approval_mode"] not in _MODES
        or not _USUAL_ID.fullmatch(given["id"])
        # Whether a reference is left, and whether a fact is missing, is for validation to tell.
        or configuration.references is not None
        or any(fact.default is None for fact in (on_sale.facts or {}).values())
    ):
        return None
    return TuningRequest.model_construct(set(values), **(given | {"inputs": inputs, "open": ()}))


def _quick_inputs(given: object, on_sale: OnSale) -> FrozenMapping[str, Fraction | bool] | None:
    if not isinstance(given, dict):
        return None
    allowance = f"included_{on_sale.unit}s"
    if allowance in given:
        if "included_units" in given:
            return None
        given = {**given, "included_units": given[allowance]}
        del given[allowance]
    inputs: dict[str, Fraction | bool] = {}
    for name in FIELDS:
        if name in given:
            value = given[name]
            if not _is_usual(name, value):
                return None
            inputs[name] = value
    return FrozenMapping(inputs) if len(inputs) == len(given) else None


def _is_usual(name: str, value: object) -> bool:
    if name in BOOLEAN_FIELDS:
        return isinstance(value, bool)
    if not isinstance(value, Fraction):
        return False
    if name == "contract_duration_months":
        return value.denominator == 1 and 1 <= value.numerator <= MAXIMUM_TERM
    return 0 <= value.numerator <= _USUAL_NUMBER


def failure(row: Row, reason: str, hint: str = "", request_id: str | None = None) -> Failure:
    """A failure of a whole row."""
    return Failure(row.number, row.file, row.record, row.line, row.column, request_id, reason, hint)


def entries_of(columns: Mapping[str, object]) -> dict[str, object]:
    """A request's entries from a table's columns: all but a few are inputs."""
    entries: dict[str, object] = {}
    inputs: dict[str, object] = {}
    parts: dict[str, dict[str, object]] = {"customer": {}, "fact": {}}
    for name, value in columns.items():
        owner, dot, part = name.partition(".")
        if name in _PLAIN:
            entries[name] = value
        elif name == "open":
            entries[name] = _words(value)
        elif dot and owner in parts:
            parts[owner][part] = _cell(value, is_flag=owner == "fact")
        elif name == "inputs" and isinstance(value, Mapping):
            inputs |= {key: _exact(key, part) for key, part in value.items() if part is not None}
        else:
            inputs[name] = _exact(name, value)
    customer = _sized(parts["customer"])
    gathered = {"inputs": inputs, "customer": customer, "facts": parts["fact"]}
    return {**entries, **{name: given for name, given in gathered.items() if given}}


def _sized(customer: Mapping[str, object]) -> dict[str, object]:
    """A customer with the columns of its meters as one measure; one that is there has its say."""
    prefix = f"{_MEASURE}."
    by_meter = {
        name.removeprefix(prefix): value
        for name, value in customer.items()
        if name.startswith(prefix) and _MEASURE not in customer
    }
    whole = {n: own for n, own in customer.items() if n.removeprefix(prefix) not in by_meter}
    return {**whole, _MEASURE: by_meter} if by_meter else whole


def _words(value: object) -> object:
    """Field names in one cell, with blanks, commas or semicolons between."""
    if not isinstance(value, str):
        return value
    return value.replace(",", " ").replace(";", " ").split()


def _exact(name: str, value: object) -> object:
    """A cell as a request's input: `TRUE` is true, and a float that is whole is no loss."""
    return _cell(value, is_flag=name in BOOLEAN_FIELDS)


def _cell(value: object, *, is_flag: bool) -> object:
    if isinstance(value, Mapping):  # by meter, in a struct of Parquet
        return {key: _cell(own, is_flag=False) for key, own in value.items() if own is not None}
    if isinstance(value, float) and value.is_integer():
        return Fraction(value)
    if isinstance(value, str) and is_flag:
        return _FLAGS.get(value.lower(), value)
    return value


def _id_in(values: object) -> str | None:
    found_id = values.get("id") if isinstance(values, Mapping) else None
    return found_id[:MAXIMUM_ID] if isinstance(found_id, str) else None


def _failed_by(row: Row, issues: list[Issue], request_id: str | None) -> Failure:
    """The failure that issues within the row's own text make of it; the first gives the place."""
    told = dict.fromkeys((issue.message, issue.hint) for issue in issues)
    sentences = list(told) or [("this is no request", "")]
    first = issues[0] if issues else None
    line = row.line + (first.line - 1 if first else 0)
    column = (first.column if first else 1) + (row.column - 1 if line == row.line else 0)
    reason = "; ".join(message for message, _ in sentences)
    hint = "; ".join(dict.fromkeys(hint for _, hint in sentences if hint))
    return Failure(row.number, row.file, row.record, line, column, request_id, reason, hint)


def _in_words(error: ErrorDetails) -> tuple[str, str]:
    """A fault of a Python value as a sentence, and its hint."""
    parts = [part for part in error["loc"] if isinstance(part, str)]
    # A meter alone would not tell its column.
    last = parts[-2:] if _MEASURE in parts[-2:-1] else parts[-1:]
    name = f"`{'.'.join(last)}`" if last else "it"
    if error["type"] == "missing":
        return f"missing column {name}", f"fill in {name}"
    return sentence_of(error, name)
