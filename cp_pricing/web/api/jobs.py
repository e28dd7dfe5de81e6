"""Batches: begun with one request, done in turn behind everybody who waits, fetched with another.

They are kept in memory, a few of them, and end with the server.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from cp_pricing.results import SCHEMA_VERSION
from cp_pricing.web.api.documents import JobStatus
from cp_pricing.web.api.work import ChunkTask
from cp_pricing.web.problems import RefusedError, refusal
from cp_pricing.web.solving.answers import Speed
from cp_pricing.web.solving.lanes import Job

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.web.desk.work import Detail
    from cp_pricing.web.service import Service

MOST_JOBS: Final = 20
MOST_REQUESTS: Final = 5_000
# Small, so that others get their turn between two chunks, and a stop is soon.
_CHUNK: Final[dict[Detail, int]] = {"decision": 32, "rules": 4, "full": 1}


@dataclass(eq=False)
class Batch:
    """A batch under way or done; `parts` are the results so far, each a JSON list without ends."""

    id: str
    total: int
    status: JobStatus = "running"
    finished: int = 0
    reason: str = ""
    parts: list[str] = field(default_factory=list)
    running: asyncio.Task[None] | None = None
    job: Job | None = None

    def document(self, *, in_full: bool) -> bytes:
        """What a client is told of it."""
        told = {
            "schema_version": SCHEMA_VERSION,
            "id": self.id,
            "status": self.status,
            "total": self.total,
            "finished": self.finished,
            "reason": self.reason,
        }
        results = f"[{','.join(self.parts)}]" if in_full and self.status == "done" else "null"
        return f'{json.dumps(told)[:-1]}, "results": {results}}}'.encode()


class Batches:
    """The batches of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: OrderedDict[str, Batch] = OrderedDict()

    def begin(self, requests: Sequence[TuningRequest], detail: Detail, seconds: float) -> Batch:
        """A new batch; raises `RefusedError` if too many are under way."""
        self._make_room()
        batch = Batch(token_urlsafe(12), len(requests))
        self._kept[batch.id] = batch
        size = _CHUNK[detail]
        chunks = [tuple(requests[at : at + size]) for at in range(0, len(requests), size)]
        batch.running = asyncio.create_task(self._run(batch, chunks, detail, seconds))
        return batch

    def _make_room(self) -> None:
        over = [one.id for one in self._kept.values() if one.status != "running"]
        while len(self._kept) >= MOST_JOBS and over:
            del self._kept[over.pop(0)]
        if len(self._kept) >= MOST_JOBS:
            words = f"{MOST_JOBS} jobs are under way already"
            raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, words, {"Retry-After": "10"})

    async def _run(
        self,
        batch: Batch,
        chunks: Sequence[tuple[TuningRequest, ...]],
        detail: Detail,
        seconds: float,
    ) -> None:
        shelved = self._service.shelf.current
        try:
            for chunk in chunks:
                task = ChunkTask(shelved.book.digest, chunk, detail, seconds)
                # A chunk has its time for each of its requests.
                batch.job = Job(task, shelved.packed, seconds * len(chunk))
                reply = await self._service.done(batch.job, Speed.IN_TURN)
                batch.parts.append(_inner(reply.body))
                batch.finished += len(chunk)
        except RefusedError as refused:
            batch.status, batch.reason = "failed", refused.problem.detail
        else:
            batch.status = "done"

    def get(self, id_: str) -> Batch:
        """A batch; raises `RefusedError` if there is none."""
        if id_ not in self._kept:
            raise refusal(HTTPStatus.NOT_FOUND, "there is no such job, or it is not kept any more")
        return self._kept[id_]

    def stop(self, id_: str) -> None:
        """End a batch, and forget it."""
        batch = self.get(id_)
        del self._kept[id_]
        if batch.job is not None:
            batch.job.drop()
        if batch.running is not None:
            batch.running.cancel()
        batch.status = "stopped"

    def document(self) -> bytes:
        """All that are kept, the last begun first."""
        told = (one.document(in_full=False).decode() for one in reversed(self._kept.values()))
        return f'{{"schema_version": {SCHEMA_VERSION}, "jobs": [{", ".join(told)}]}}'.encode()

    def close(self) -> None:
        """End all that are under way."""
        for id_ in list(self._kept):
            self.stop(id_)


def _inner(document: bytes) -> str:
    """The results of a document, without the brackets of their list."""
    text = document.decode()
    return text[text.index("[") + 1 : text.rindex("]")]
