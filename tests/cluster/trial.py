"""One batch on a cluster of two nodes on this machine; the second is killed in the middle."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cp_pricing.batch.job import Job, local, run
from cp_pricing.batch.on_ray import on_ray
from cp_pricing.batch.record import Progress
from tests.batch_kill.trial import files_in, request_file
from tests.support.books import pilot
from tests.support.places import ROOT

_MEMORY = 80 << 20


@dataclass(frozen=True)
class Report:
    """How many requests were answered, how many of them before the kill, and what differs."""

    requests: int
    before_kill: int
    nodes: int
    nodes_after: int
    seconds: float
    differences: list[str]


def trial(folder: Path, count: int) -> Report:
    """Solve the same requests with one process and with a cluster that loses a node."""
    asked = request_file(folder, count)
    for name in ("alone", "cluster"):
        (folder / name).mkdir()
    run(_job(asked, folder / "alone"), local(0))
    start = time.monotonic()
    before, nodes, after = _on_two_nodes(_job(asked, folder / "cluster"), count)
    seconds = time.monotonic() - start
    alone, cluster = files_in(folder / "alone"), files_in(folder / "cluster")
    differences = [name for name in {**alone, **cluster} if alone.get(name) != cluster.get(name)]
    return Report(count, before, nodes, after, seconds, differences)


def _job(asked: Path, folder: Path) -> Job:
    return Job(pilot(), str(asked), folder / "o.jsonl", folder / "e.jsonl", "decision")


def _on_two_nodes(job: Job, count: int) -> tuple[int, int, int]:
    """The requests answered before the kill, and the nodes with room before and after it."""
    os.environ |= {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the loopback interface only
        "PYTHONPATH": str(ROOT),  # for the workers
    }
    import ray  # noqa: PLC0415 - the settings above have to come first
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    options: dict[str, Any] = {"num_cpus": 1, "object_store_memory": _MEMORY}
    head = {**options, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    second = cluster.add_node(**options)
    before, nodes = 0, 0

    def watch(progress: Progress, _bytes: int) -> None:
        nonlocal before, nodes
        if not before and progress.read >= count // 4:
            before, nodes = progress.read, len([n for n in ray.nodes() if n["Alive"]])
            cluster.remove_node(second, allow_graceful=False)

    try:
        run(job, on_ray(2, cluster.address), watch)
        return before, nodes, len(cluster.list_all_nodes())
    finally:
        cluster.shutdown()
