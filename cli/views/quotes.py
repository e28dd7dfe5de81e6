"""Quotes on record for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.tables import STYLES, bullets, grid, ruled_title, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.quotes.telling import STANDS
from cp_pricing.telling.screen import customer_and_facts
from cp_pricing.words import numbers as f
from cp_pricing.words.statuses import DECISIONS

if TYPE_CHECKING:
    from cp_pricing.quotes.approvals import Preview
    from cp_pricing.quotes.history import Need, Quote, Status, Version
    from cp_pricing.quotes.solved import Solved
    from cp_pricing.quotes.verification import Verification
    from cp_pricing.results import Decision

_STATUS: Mapping[Status, str] = {
    "open": "yellow",
    "waiting": "yellow",
    "refused": "bold red",
    "ready": "green",
    "sent": "green",
    "agreed": "bold green",
    "expired": "dim",
    "withdrawn": "dim",
}
_MINUTE = "%Y-%m-%d %H:%M"


def show_quotes(console: Console, quotes: Sequence[Quote], now: datetime) -> None:
    """Write a line for each quote."""
    table = table_of(">>Number", "Status", "Decision", "Price", "For", "Owner", "Valid until")
    for quote in quotes:
        saved, status = quote.latest.saved, quote.status(now)
        table.add_row(
            plain(quote.latest.name),
            Text(status, _STATUS[status]),
            _decision(saved.decision),
            plain(saved.price or "-"),
            plain(saved.customer or f"{saved.plan} for {saved.profile}"),
            plain(saved.owner),
            plain(saved.valid_until.isoformat()),
        )
    write(console, table if quotes else plain("no quotes"))


def show_one(
    console: Console, quote: Quote, version: Version, solved: Solved, now: datetime
) -> None:
    """Write where a quote stands, one of its versions, and what each has changed."""
    write(console, _head(quote, now), _facts(version, solved), *_standing(quote, now))
    older = [each for each in quote.versions if each.saved.changes]
    for each in reversed(older):
        since = f"{each.name}, saved by {each.who} on {each.at:{_MINUTE}}, against the one before"
        write(console, titled(since, bullets(each.saved.changes)))


def show_saved(console: Console, quote: Quote, solved: Solved, now: datetime) -> None:
    """Write what has been saved, and what it changes."""
    write(console, _head(quote, now), _facts(quote.latest, solved), *_standing(quote, now))
    if changes := quote.latest.saved.changes:
        write(console, titled("Against the version before", bullets(changes)))


def show_standing(console: Console, quote: Quote, now: datetime) -> None:
    """Write where a quote stands and who has to sign."""
    write(console, _head(quote, now), *_standing(quote, now))


def show_preview(console: Console, found: Preview) -> None:
    """Write what would be saved, who would have to sign it, and what it would change."""
    result = found.solved.result
    price = f", {result.quote}" if result.quote else ""
    write(console, plain(f"{DECISIONS[result.decision][0]}{price}; nothing was saved", "bold"))
    if result.reason:
        write(console, plain(result.reason))
    write(console, *_signatures(found.needs))
    if found.changes:
        write(console, titled("Against the version before", bullets(found.changes)))


def _head(quote: Quote, now: datetime) -> RenderableType:
    status = quote.status(now)
    return ruled_title(
        Text.assemble(plain(quote.latest.name, "bold"), "  ", (status, _STATUS[status]))
    )


def _decision(decision: Decision) -> Text:
    word, tone = DECISIONS[decision]
    return Text(word, STYLES[tone])


def _facts(version: Version, solved: Solved) -> RenderableType:
    saved, table = version.saved, grid(2)
    whose = customer_and_facts(solved.book, solved.request, solved.result)
    told = {
        "decision": DECISIONS[saved.decision][0],
        "terms": saved.terms,
        "request": f"{saved.plan} for {saved.profile}",
        **{fact.name: str(fact.value) for fact in whose},
        "owner": saved.owner,
        "saved": f"{version.at:{_MINUTE}} UTC by {version.who}",
        "valid until": f.day(saved.valid_until),
        "note": saved.note,
        "price book": saved.digest[:12],
    }
    for name, text in told.items():
        if text:
            table.add_row(Text(name, "dim"), plain(text))
    return table


def _standing(quote: Quote, now: datetime) -> Iterator[RenderableType]:
    yield from _signatures(quote.needs(quote.latest, now))
    if quote.agreed is not None:
        yield plain(f"accepted by {quote.agreed.name}: {quote.version(quote.agreed.version).name}")
    elif quote.sent is not None:
        links = sum(link.leads(now) for link in quote.links)
        sent = quote.version(quote.sent.version).name
        yield plain(f"sent: {sent}, by {links} link{'' if links == 1 else 's'}")


def _signatures(needs: Sequence[Need]) -> Iterator[RenderableType]:
    """Who has to sign what, and why again."""
    if not needs:
        return
    table = table_of("Who signs", "Stands", "What is waived")
    for need in needs:
        stands = STANDS[need.state]
        if need.state == "kept":
            stands += f" with version {need.version}"
        table.add_row(plain(need.approver), plain(stands), plain(f.listed(need.rules)))
    yield titled("Signatures", table)
    for need in needs:
        if need.again:
            yield titled(f"{need.approver} has to sign again", bullets(need.again))


def show_verification(console: Console, found: Verification) -> None:
    """Write whether an answer stands, has expired, and what another price book would say."""
    name = found.version.name
    if found.stands is None:
        write(console, plain(f"{name}: not decided within the time limit", "magenta"))
    elif found.stands:
        write(console, plain(f"{name}: the answer stands, solved again from its own price book"))
    else:
        write(console, plain(f"{name}: the answer does not stand", "bold red"))
        write(console, bullets(found.otherwise))
    if found.expired is not None:
        write(console, plain(f"it was valid until {f.day(found.expired)}", "yellow"))
    for text in _of_another_book(found):
        write(console, text)


def _of_another_book(found: Verification) -> Iterator[RenderableType]:
    if found.refused:
        yield titled("The price book given cannot be asked this", bullets(found.refused))
    elif found.would_differ:
        yield titled("The price book given answers otherwise", bullets(found.would_differ))
    elif found.book_changed:
        yield plain("the price book given is another one, and answers the same")
