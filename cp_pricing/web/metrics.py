"""Figures of the running server, for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cp_pricing.web.service import Service

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What is counted of a service."""

    def __init__(self, service: Service) -> None:
        self._service, self._registry = service, CollectorRegistry()
        registry = self._registry
        self._requests = Counter(
            "cp_pricing_requests",
            "Requests by route and status.",
            ("route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "cp_pricing_request_seconds",
            "Seconds of requests by route.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._waiting = Gauge(
            "cp_pricing_jobs_waiting",
            "Jobs that no worker has begun.",
            ("lane",),
            registry=registry,
        )
        self._replaced = Gauge(
            "cp_pricing_workers_replaced",
            "Workers that died or did not end.",
            ("lane",),
            registry=registry,
        )
        self._faults = Gauge(
            "cp_pricing_book_faults",
            "Faults of the price book's files as they are now.",
            registry=registry,
        )

    def text(self) -> bytes:
        """All figures as they are now."""
        for speed, lane in self._service.lanes.items():
            self._waiting.labels(speed).set(lane.waiting)
            self._replaced.labels(speed).set(lane.replaced)
        faults = self._service.shelf.faults
        self._faults.set(len(faults.issues) if faults else 0)
        return generate_latest(self._registry)

    def counting(self, app: ASGIApp) -> ASGIApp:
        """An application whose requests are counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            status, started = [0], time.perf_counter()

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status[0] = message["status"]
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                if scope["type"] == "http":
                    # By the route and not by the address, of which there is no end.
                    route = getattr(scope.get("route"), "path", "none")
                    self._requests.labels(route, str(status[0])).inc()
                    self._seconds.labels(route).observe(time.perf_counter() - started)

        return counted
