"""The workers of a batch as actors of a Ray cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from cp_pricing.batch.job import Engine, Solving
from cp_pricing.batch.solving import BatchWork, Reply
from cp_pricing.files.extras import extra
from cp_pricing.intake.rows import Row
from cp_pricing.workers import Crew, NoWorkersError, collect_rarely, fault_of

LOOPBACK = ("127.", "localhost", "[::1]")


class RemoteSolver:
    """What lives in a worker process of the cluster."""

    def __init__(self, work: BatchWork) -> None:
        self._solved = work.prepared()
        collect_rarely()

    def version(self) -> str:
        """Tell the version of cp-pricing there: another one might answer otherwise."""
        return version("cp-pricing")

    def solved(self, rows: Sequence[Row]) -> Reply:
        """Solve a chunk."""
        return self._solved(rows)


def on_ray(workers: int | None = None, address: str | None = None) -> Engine:
    """Workers on the cluster at an address, or on a local one bound to the loopback interface.

    Without `workers`, one for each of its CPUs. Raises `MissingExtraError` without Ray.
    """
    # Nothing of a run is anybody else's business.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None or address.startswith(LOOPBACK):
        # Ray's own name for "stay on the loopback interface"; it reads it when it is imported.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    ray = extra("ray", "`--engine ray`", "Ray", "ray")

    @contextmanager
    def engine(work: BatchWork) -> Iterator[Solving]:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address is not None:
            ray.init(address=address, **quiet)
        else:
            # `local` is a new one, whatever else may run on this machine.
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
        try:
            cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
            yield RayCrew(ray, work, workers or cpus).answers
        finally:
            ray.shutdown()

    return engine


class RayCrew(Crew[Any, Row, Reply]):
    """Actors with one CPU each; one whose node is lost is started again where there is room."""

    def __init__(self, ray: Any, work: BatchWork, count: int) -> None:  # noqa: ANN401 - as above
        super().__init__(work, count)
        self._ray = ray
        self._shared = ray.put(work)
        self._remote = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(RemoteSolver)
        self._ready: list[Any] = []
        self._waited_for: dict[Any, Any] = {}
        for _ in range(count):
            self._start()

    def _start(self) -> None:
        actor = self._remote.remote(self._shared)
        # It is given work only when it has answered: where there is no room, it may never.
        self._waited_for[actor.version.remote()] = actor

    def ready(self) -> Iterable[Any]:
        """Return the actors that have answered."""
        return list(self._ready)

    def send(self, worker: Any, items: Sequence[Row]) -> None:  # noqa: ANN401 - an actor's handle
        """Have an actor solve a chunk."""
        self._waited_for[worker.solved.remote(items)] = worker

    def receive(self) -> None:
        """Wait for one actor's news."""
        (reference,), _ = self._ray.wait(list(self._waited_for), num_returns=1)
        actor = self._waited_for.pop(reference)
        begun = actor in self._ready
        errors = self._ray.exceptions
        try:
            news = self._ray.get(reference)
        except errors.RayTaskError as error:
            self.answered(actor, None, fault_of(error.cause))
            return
        except errors.RayError as error:
            self._replace(actor, begun=begun, how=str(error))
            return
        if begun:
            self.answered(actor, news)
        elif news == version("cp-pricing"):
            self._ready.append(actor)
            self.began()
        else:
            raise NoWorkersError(f"the cluster has cp-pricing {news}, and this is another version")

    def _replace(self, actor: Any, *, begun: bool, how: str) -> None:  # noqa: ANN401 - as above
        if begun:
            self._ready.remove(actor)
        self.died(actor, begun=begun, how=how.strip().splitlines()[0] if how.strip() else "")
        self._start()
