"""`cp-pricing serve`: the desk's page, for browsers of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.console.inputs import (
    policy_root,
    policy_root_option,
    price_book_folder,
    read_or_exit,
    warn,
)
from cli.console.output import end_unwritten, needing_extras
from cli.console.progress import end_interrupted
from cli.console.saying import say

if TYPE_CHECKING:
    from socket import socket

    from cp_pricing.web.service import Service
    from cp_pricing.web.settings import Settings

EPILOG = """\b
Examples:
  cp-pricing serve                         the pilot, at http://127.0.0.1:8000/
  cp-pricing serve my-prices --port 8080

\b
Exit status:
  2    bad input: every fault is on standard error, nothing was served
  74   it cannot listen there
  130  interrupted
"""


@click.command(epilog=EPILOG, short_help="Serve the desk's page to a browser.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. Whoever can reach another address than this machine's own sees costs,"
    " margins and policy.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--name",
    "names",
    metavar="HOST",
    multiple=True,
    help="A host name that browsers know it by, as behind a reverse proxy; may be repeated.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes for answers, and as many for full readings.  [default: one for each"
    " processor, at least 2]",
)
@click.option(
    "--store",
    metavar="FILE",
    envvar="CP_PRICING_STORE",
    default="",
    help="Keep quotes in this file, or on a server's postgresql:// address; also from"
    " CP_PRICING_STORE.",
)
@click.option(
    "--rate",
    metavar="N",
    type=click.FloatRange(1),
    default=100,
    show_default=True,
    help="Requests a second that one client may make.",
)
@click.option(
    "--time-limit",
    "seconds",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    default=30,
    show_default=True,
    help="For each question.",
)
@policy_root_option
def serve(price_book: str | None, *, host: str, port: int, **settings: Any) -> None:  # noqa: ANN401
    """Serve the desk's page: move a term, see the price, see who would have to sign.

    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml, which are read again
    when they change; without it, the pilot that comes with cp-pricing is used.
    """
    folder = price_book_folder(price_book)
    with needing_extras():
        _check_extra()
    from cp_pricing.web import serving
    from cp_pricing.web.settings import Settings

    told = Settings(folder, policy_root(), host=host, **settings)
    service = _service(told)
    warn(service.shelf.book)
    listener = _listener(host, port)
    if told.is_open and not told.store:
        say("warning: every machine that reaches this address sees costs, margins and policy")
    shown = f"[{host}]" if ":" in host else host
    say(f"serving {service.shelf.book.catalog.name} at http://{shown}:{listener.getsockname()[1]}/")
    serving.serve(service, listener)
    end_interrupted()


def _service(settings: Settings) -> Service:
    from cp_pricing.quotes.log.acting import QuoteError
    from cp_pricing.web.service import Service

    try:
        return read_or_exit(lambda: Service(settings))
    except QuoteError as error:
        raise click.ClickException(error.message) from error


def _check_extra() -> None:
    """Say what is missing before anything is read."""
    from cp_pricing.files.extras import extra

    for module, library in (("starlette", "Starlette"), ("uvicorn", "uvicorn")):
        extra(module, "the page", library, "web")
    extra("prometheus_client", "the page", "prometheus-client", "web")
    extra("jinja2", "the page", "Jinja2", "web")


def _listener(host: str, port: int) -> socket:
    from cp_pricing.web import serving

    try:
        return serving.listening(host, port)
    except OSError as error:
        end_unwritten(f"cannot listen at {host}:{port}", error)
