"""`cp-pricing serve`: the desk's page, for browsers of this machine."""

from __future__ import annotations

import re
from ipaddress import ip_address
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
from cli.console.record import checked_store, reasons_told
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
  74   it cannot listen there, or the record could not be written
  130  interrupted
"""


_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
# What every client says for other reasons.
_TAKEN = frozenset({"authorization", "cookie", "host", "origin", "content-type", "content-length"})


def _header(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """The name of a header that says nothing else."""
    if value and (not _HEADER.fullmatch(value) or value.lower() in _TAKEN):
        raise click.BadParameter("must be a header of its own: X-Remote-User", ctx, parameter)
    return value


def _addresses(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Addresses of the net, and no names: who gives those is another to trust."""
    for value in values:
        try:
            ip_address(value)
        except ValueError:
            message = f"`{value}` is no address such as 10.0.0.5"
            raise click.BadParameter(message, ctx, parameter) from None
    return values


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
    callback=checked_store,
    help="Keep quotes in this file, or on a server's postgresql:// address; also from"
    " CP_PRICING_STORE.",
)
@click.option(
    "--identity-header",
    metavar="NAME",
    default="",
    callback=_header,
    help="Where a trusted proxy says who has signed in there: somebody whom `quotes token"
    " --single-sign-on` lets in. Of anybody else it is ignored.",
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    metavar="ADDRESS",
    multiple=True,
    callback=_addresses,
    help="The address that such a proxy connects from; may be repeated. Whoever can connect from"
    " there may be anybody.",
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
    _check_trust(told)
    service = _service(told)
    warn(service.shelf.book)
    listener = _listener(host, port)
    if told.is_open and not told.store:
        say("warning: every machine that reaches this address sees costs, margins and policy")
    if told.identity_header:
        whom = " and ".join(told.trusted_proxies)
        say(f"trusting {whom} to say in {told.identity_header} who has signed in")
    shown = f"[{host}]" if ":" in host else host
    say(f"serving {service.shelf.book.catalog.name} at http://{shown}:{listener.getsockname()[1]}/")
    serving.serve(service, listener)
    end_interrupted()


def _check_trust(settings: Settings) -> None:
    """Refuse half of a trust: a header of anybody, or a proxy that says nothing."""
    if bool(settings.identity_header) != bool(settings.trusted_proxies):
        raise click.UsageError("`--identity-header` and `--trusted-proxy` take one another")
    if settings.identity_header and not settings.store:
        raise click.UsageError("who is let in is on record: `--identity-header` takes `--store`")


def _service(settings: Settings) -> Service:
    from cp_pricing.web.service import Service

    with reasons_told():
        return read_or_exit(lambda: Service(settings))


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
