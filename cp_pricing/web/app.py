"""The application: all routes of a service behind its guards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from cp_pricing.quotes.log.acting import QuoteError
from cp_pricing.web.api.handlers import Handlers
from cp_pricing.web.api.operations import routes_of
from cp_pricing.web.api.table import OPERATIONS
from cp_pricing.web.described import text as description_text
from cp_pricing.web.guards import Guard
from cp_pricing.web.metrics import Metrics
from cp_pricing.web.pages import Pages
from cp_pricing.web.problems import RefusedError
from cp_pricing.web.record.api import QuoteHandlers
from cp_pricing.web.record.door import Door
from cp_pricing.web.record.offers import OfferPages
from cp_pricing.web.record.pages import QuotePages
from cp_pricing.web.record.table import RECORD_OPERATIONS
from cp_pricing.web.replies import refused
from cp_pricing.web.service import Service
from cp_pricing.web.solving.answers import GoneError
from cp_pricing.web.vitals import Vitals

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp


async def described(request: Request) -> Response:
    """The description of the API."""
    del request
    return Response(description_text(), media_type="application/json")


def routes(service: Service, handlers: Handlers, metrics: Metrics) -> list[Route]:
    """All that can be asked for."""
    return [
        *Pages(service).routes,
        *QuotePages(service).routes,
        *OfferPages(service).routes,
        *routes_of(OPERATIONS, handlers),
        *routes_of(RECORD_OPERATIONS, QuoteHandlers(service)),
        Route("/v1/openapi.json", described),
        *Vitals(service, metrics).routes,
    ]


def application(service: Service) -> ASGIApp:
    """What answers HTTP for a service; its workers run as long as it does."""
    metrics, handlers = Metrics(service), Handlers(service)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        service.start()
        watching = asyncio.create_task(service.watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            handlers.batches.close()
            service.close()

    app = Starlette(
        routes=routes(service, handlers, metrics),
        exception_handlers={
            RefusedError: refused,
            GoneError: refused,
            QuoteError: refused,
            HTTPException: refused,
            Exception: refused,
        },
        lifespan=lifespan,
    )
    app.state.service = service
    return metrics.counting(Guard(Door(app, service), service.settings))
