"""What goes wrong as `application/problem+json` (RFC 9457), with the places of every fault."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, Field

from constraints.text.source import InputError, Issue, Span, did_you_mean, render_issue
from cp_pricing.files.models import listed
from cp_pricing.files.scalars import quoted
from cp_pricing.web.solving.lanes import ClosedError, DiedError, TooLongError, TooManyError
from cp_pricing.web.solving.worker import WorkError

MEDIA_TYPE: Final = "application/problem+json"


class FaultDocument(BaseModel):
    """A fault at its place; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""


class Problem(BaseModel):
    """Why a request has no answer; `faults` has all that is wrong with what was sent."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    faults: list[FaultDocument] = Field(default_factory=list)


class RefusedError(Exception):
    """A request that is not answered; the problem says why, and `shown` the same for people."""

    def __init__(
        self,
        problem: Problem,
        headers: dict[str, str] | None = None,
        shown: Sequence[str] = (),
    ) -> None:
        self.problem, self.headers = problem, headers or {}
        self.shown = tuple(shown) or tuple(filter(None, [problem.detail]))
        super().__init__(problem.title)


def refusal(
    status: HTTPStatus, detail: str = "", headers: dict[str, str] | None = None
) -> RefusedError:
    """A refusal with a status and what there is to say."""
    problem = Problem(title=status.phrase, status=status.value, detail=detail)
    return RefusedError(problem, headers)


def unknown_key(key: str, span: Span, known: Collection[str]) -> Issue:
    """The fault of a key that is none of those that are taken, with what was meant."""
    there = f"the keys here are {listed(known)}" if known else "no keys are taken here"
    return Issue(span, f"unknown key {quoted(key)}", did_you_mean(key, known) or there)


def fault_of(issue: Issue) -> FaultDocument:
    """A fault as a document."""
    return FaultDocument(
        file=issue.file,
        line=issue.line,
        column=issue.column,
        message=issue.message,
        hint=issue.hint,
    )


def faulty(error: InputError) -> RefusedError:
    """All faults of what was asked, each as a terminal shows it, too."""
    count = len(error.issues)
    problem = Problem(
        title="The question cannot be understood",
        status=HTTPStatus.UNPROCESSABLE_ENTITY.value,
        detail=f"{count} fault{'' if count == 1 else 's'}; nothing was computed",
        faults=[fault_of(issue) for issue in error.issues],
    )
    return RefusedError(problem, shown=rendered(error))


def rendered(error: InputError) -> list[str]:
    """All faults as a terminal shows them: with the line, the place under it, and the hint."""
    return [render_issue(issue, error.sources.get(issue.file, "")) for issue in error.issues]


# What became of a job, in words for whoever asked.
_FAILURES: Final[dict[type[Exception], tuple[HTTPStatus, str]]] = {
    TooManyError: (HTTPStatus.SERVICE_UNAVAILABLE, "too many questions wait already"),
    ClosedError: (HTTPStatus.SERVICE_UNAVAILABLE, "the server is closing"),
    TooLongError: (HTTPStatus.GATEWAY_TIMEOUT, "the question took longer than it may"),
    DiedError: (HTTPStatus.INTERNAL_SERVER_ERROR, "the worker died each time it tried"),
}


def failure(error: Exception) -> RefusedError:
    """Why a job has no reply."""
    if isinstance(error, InputError):
        return faulty(error)
    if isinstance(error, WorkError):
        # What it was is in the log: it may name what is none of the asker's business.
        return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong; it has been logged")
    status, words = _FAILURES[type(error)]
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return refusal(status, words, headers)
