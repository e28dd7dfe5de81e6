"""JSON on standard output."""

from __future__ import annotations

import json

import click


def write_json(document: object, indent: int | None = None) -> None:
    """Write a document, indented or in one line, as UTF-8 whatever the terminal's encoding is."""
    click.echo(json.dumps(document, indent=indent, ensure_ascii=False).encode())
