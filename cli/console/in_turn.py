"""Requests solved one after the other, with progress, until they are done or Ctrl-C stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

from cli.console.progress import Interrupted, Progress, end_interrupted, interruptible
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest

Found = TypeVar("Found")
# What is worked on next, and what the last request gave, if there was one.
News: TypeAlias = tuple[str, list[Found]]


def solved_in_turn(
    requests: Sequence[TuningRequest],
    solve: Callable[[TuningRequest], Found],
    each: Callable[[Found], None],
) -> bool:
    """Solve requests, and hand over each result as it comes; false if Ctrl-C came in between."""

    def work(tell: Callable[[News[Found]], None]) -> None:
        last: list[Found] = []
        for place, request in enumerate(requests, start=1):
            tell((f"solving {request.id}, {place} of {len(requests)}", last))
            last = [solve(request)]
        tell(("", last))

    with Progress("solving") as progress:

        def hear(news: News[Found]) -> None:
            text, found = news
            progress.say(text)
            for result in found:
                each(result)

        return not isinstance(interruptible(work, hear), Interrupted)


def end_after(done: int, requests: Sequence[TuningRequest], note: str = "") -> NoReturn:
    """Say how far it came, and end as Ctrl-C ends a program."""
    say(f"interrupted: {done} of {len(requests)} requests were solved{note}")
    end_interrupted()
