"""Whether the server lives, whether it can solve, and its figures: for those who run it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cp_pricing.web.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from cp_pricing.web.metrics import Metrics
    from cp_pricing.web.service import Service


class Vitals:
    """What a service says of itself."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service, self._metrics = service, metrics
        self.routes = [
            Route("/healthz", self.healthy),
            Route("/readyz", self.ready),
            Route("/metrics", self.figures),
        ]

    async def healthy(self, request: Request) -> Response:
        """That the server runs."""
        del request
        return PlainTextResponse("ok")

    async def ready(self, request: Request) -> Response:
        """Whether its workers do."""
        del request
        lanes = self._service.lanes.values()
        if lanes and all(lane.is_ready for lane in lanes):
            return PlainTextResponse("ready")
        return PlainTextResponse("workers are being started", HTTPStatus.SERVICE_UNAVAILABLE)

    async def figures(self, request: Request) -> Response:
        """Its figures for Prometheus."""
        del request
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)
