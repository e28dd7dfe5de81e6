"""The customer's page, by an unguessable link: the customer's view, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import Route

from constraints.text.source import InputError
from cp_pricing.quotes.log.acting import ConflictError, NotAllowedError, QuoteError
from cp_pricing.telling.customer_words import customer_sections
from cp_pricing.web.assets import addresses
from cp_pricing.web.desk.drawing import drawn
from cp_pricing.web.problems import RefusedError
from cp_pricing.web.record.clerk import Clerk
from cp_pricing.web.record.forms import sent
from cp_pricing.web.record.wishing import controls_of, wishes_of
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_words
from cp_pricing.words.sheet import Fact, Tone
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from cp_pricing.quotes.links import LinkState, Shown
    from cp_pricing.web.desk.controls import Control
    from cp_pricing.web.service import Service
    from cp_pricing.words.facts import Section

_STATES: Final[dict[LinkState, tuple[str, Tone]]] = {
    "open": ("open", "good"),
    "agreed": ("accepted", "good"),
    "over": ("over", "quiet"),
}
# Always the same words: whether there ever was such a link is nothing to be found out.
_NOTHING: Final = "There is no offer here, or no longer. Ask for a new link."


@dataclass(frozen=True, slots=True)
class OfferPage:
    """What a customer reads."""

    plan: str
    state: str
    tone: Tone
    is_open: bool
    seen: str
    facts: tuple[Fact, ...]
    words: tuple[Section, ...]
    wishes: tuple[Control, ...]


class OfferPages:
    """The pages of customers."""

    def __init__(self, service: Service) -> None:
        self._service, self._clerk = service, Clerk(service)
        self.routes = [
            Route("/offer/{token}", self.show),
            Route("/offer/{token}/accept", self.accept, methods=["POST"]),
            Route("/offer/{token}/wish", self.wish, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """What is offered."""
        return await self._page(request)

    async def accept(self, request: Request) -> Response:
        """Accept what was shown."""
        token, fields = request.path_params["token"], await sent(request)
        try:
            await self._clerk.agree(token, fields.get("seen", ""), fields.get("name", ""))
        except ConflictError as error:
            return await self._page(request, _reasons(error), HTTPStatus.CONFLICT)
        except QuoteError:
            return await self._page(request)
        return await self._page(request, ["Thank you: you have accepted this offer."])

    async def wish(self, request: Request) -> Response:
        """Ask for other terms."""
        token, fields = request.path_params["token"], await sent(request)
        try:
            shown = await self._clerk.shown(token)
            wishes, faults = wishes_of(fields, shown)
            message = fields.get("message", "")
            if not (wishes or faults or message):
                faults = ["Say what you would have otherwise."]
            if not faults:
                await self._clerk.wish(token, wishes or "{}", message)
        except InputError as error:
            faults = [capital(f"{one.message}. {one.hint}".strip()) for one in error.issues]
        except ConflictError as error:
            return await self._page(request, _reasons(error), HTTPStatus.CONFLICT)
        except RefusedError:
            faults = ["That could not be looked at now. Please try again."]
        except QuoteError:
            return await self._page(request)
        if faults:
            return await self._page(request, faults, HTTPStatus.UNPROCESSABLE_ENTITY)
        return await self._page(request, ["Thank you: we will look at it and come back to you."])

    async def _page(
        self, request: Request, told: list[str] | None = None, code: int = HTTPStatus.OK
    ) -> Response:
        token = request.path_params["token"]
        try:
            offer = offer_page(await self._clerk.shown(token))
        except NotAllowedError:
            offer, told, code = None, [_NOTHING], HTTPStatus.NOT_FOUND
        body = drawn(
            "offer.html.j2",
            assets=addresses(),
            address=f"/offer/{token}",
            told=told or [],
            offer=offer,
        )
        return Response(body, code, {"x-robots-tag": "noindex"}, "text/html")


def _reasons(error: ConflictError) -> list[str]:
    return [capital(reason) for reason in (*error.reasons, error.hint) if reason]


def offer_page(shown: Shown) -> OfferPage:
    """What a customer reads of what a link shows."""
    state, tone = _STATES[shown.state]
    return OfferPage(
        plan=shown.view.plan,
        state=f"{state} by {shown.name}" if shown.name else state,
        tone=tone,
        is_open=shown.state == "open",
        seen=shown.seen,
        facts=tuple(_facts(shown)),
        words=customer_sections(shown.view, shown.catalog),
        wishes=controls_of(shown),
    )


def _facts(shown: Shown) -> Iterator[Fact]:
    view, catalog = shown.view, shown.catalog
    if view.price is not None:
        yield Fact(f"Your {price_words(catalog).noun}", view.price.quote, tone="good")
    if not catalog.is_card:
        yield Fact("List price", view.list_price.quote)
    if view.bill is not None:
        note = f"{f.money(view.list_bill, catalog.currency)} at list"
        yield Fact("Expected bill a month", f.money(view.bill, catalog.currency), note)
    if view.committed_value is not None:
        yield Fact("You commit to", f.money(view.committed_value, catalog.currency))
    if view.customer:
        yield Fact("For", view.customer)
    if view.valid_until:
        yield Fact("Valid until", f.day(view.valid_until))
