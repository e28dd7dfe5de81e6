"""The log of the record, and its tokens, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console

from cli.views.tables import table_of, write
from cli.views.terminal import plain
from cp_pricing.quotes.log.times import is_over
from cp_pricing.quotes.telling import happened

if TYPE_CHECKING:
    from cp_pricing.quotes.log.entries import Entry
    from cp_pricing.quotes.tokens import Token

_SECOND = "%Y-%m-%d %H:%M:%S"


def show_log(console: Console, entries: Sequence[Entry]) -> None:
    """Write a line for each entry."""
    table = table_of(">Entry", "UTC", "Who", "About", "What")
    for entry in entries:
        table.add_row(
            str(entry.place),
            f"{entry.at:{_SECOND}}",
            plain(f"{entry.who} ({entry.scope})"),
            plain(entry.quote or entry.token),
            plain(happened(entry.event)),
        )
    write(console, table)


def show_tokens(console: Console, tokens: Sequence[Token], now: datetime) -> None:
    """Write a line for each token."""
    table = table_of("Id", "Scope", "Holder", "Until", "State")
    for token in tokens:
        ended = "revoked" if token.revoked else "expired" if is_over(token.until, now) else ""
        scope = f"{token.scope} for {token.approver}" if token.approver else token.scope
        until = token.until.isoformat() if token.until else "-"
        table.add_row(
            plain(token.id), plain(scope), plain(token.holder), until, ended or "can be used"
        )
    write(console, table if tokens else plain("no tokens"))
