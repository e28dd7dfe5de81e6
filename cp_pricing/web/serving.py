"""The server itself: uvicorn with the limits that slow and hostile clients call for."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from cp_pricing.web.app import application

if TYPE_CHECKING:
    from cp_pricing.web.service import Service

# A request line with its headers must be there within so many seconds, and so many bytes.
HEAD_SECONDS: Final = 10.0
_HEAD_BYTES: Final = 32_768
_MOST_CONNECTIONS: Final = 1000
_BACKLOG: Final = 256
_KEEP_ALIVE: Final = 30
# At the end an answer may take so many seconds more, and connections one more than that.
_FAREWELL: Final = 4


class Connection(H11Protocol):
    """A connection that is closed if its first request does not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_SECONDS, self._close_if_silent, transport)

    def _close_if_silent(self, transport: asyncio.Transport) -> None:
        begun: object = self.cycle  # `None` until a request is there
        if begun is None and not transport.is_closing():
            transport.close()


class _Server(uvicorn.Server):
    """A server that, when it ends, tells so to whoever waits for what takes long."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; uvicorn would cancel what is not answered, with a traceback for each."""
        asyncio.get_running_loop().call_later(_FAREWELL, self._service.end_work)
        await super().shutdown(sockets)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, at any free port if that is 0; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.set_inheritable(False)
    return listener


def serve(service: Service, listener: socket.socket) -> None:
    """Serve at a socket until it is interrupted."""
    config = uvicorn.Config(
        application(service),
        http=Connection,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_FAREWELL + 1,
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )
    _Server(config, service).run([listener])
