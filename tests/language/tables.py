"""`python -m tests.language.tables`: the parser's tables, made anew from the grammar and Lark."""

from __future__ import annotations

from io import BytesIO

from constraints.language.syntax import fingerprint, parser_of
from tests.support.places import ROOT

GRAMMAR = ROOT / "constraints" / "language" / "grammar.lark"
TABLES = GRAMMAR.with_suffix(".tables")


def made() -> bytes:
    """The file as it has to be, but for the numbers of states, which are Lark's to choose."""
    grammar, tables = GRAMMAR.read_text(encoding="utf-8"), BytesIO()
    parser_of(grammar).save(tables)
    return fingerprint(grammar) + b"\n" + tables.getvalue()


if __name__ == "__main__":
    TABLES.write_bytes(made())
