"""`cp-pricing quotes ask`, `sign`, `refuse` and `withdraw`: signatures and taking things back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import click

from cli.quotes.acting import acting_options, comment_option, desk, number_argument, until_option

if TYPE_CHECKING:
    from cp_pricing.quotes.history import Quote
    from cp_pricing.quotes.record import Desk

ASK_EPILOG = """\b
Examples:
  cp-pricing quotes ask Q-2026-0002
  cp-pricing quotes ask Q-2026-0002 --until 2026-12-15

\b
Exit status:
  0    they are asked
  2    nobody can be asked, and every reason
"""
SIGN_EPILOG = """\b
Examples:
  cp-pricing quotes sign Q-2026-0003.1 --comment "for the reference"
  cp-pricing quotes refuse Q-2026-0003.1 --comment "not below 4.50"

\b
Exit status:
  0    it is in the log
  2    it cannot be signed, and every reason
"""
WITHDRAW_EPILOG = """\b
Examples:
  cp-pricing quotes withdraw Q-2026-0001 --comment "they bought elsewhere"
  cp-pricing quotes withdraw Q-2026-0003 --asking
  cp-pricing quotes withdraw Q-2026-0004 --signature

\b
Exit status:
  0    it is withdrawn
  2    there is nothing to withdraw
"""


def _done(where: str, token: str | None, name: str | None, do: Callable[[Desk], Quote]) -> None:
    """Do something to a quote, and show how it stands."""
    from cli.views.quotes import show_standing
    from cli.views.terminal import console

    with desk(where, token, name) as own:
        quote = do(own)
        show_standing(console(), quote, own.now)


@click.command("ask", epilog=ASK_EPILOG, short_help="Ask those for signatures who are missing.")
@number_argument
@until_option("The last day, in UTC, to sign.  [default: that of the quote]")
@acting_options
def ask(
    *, number: str, until: date | None, where: str, token: str | None, name: str | None
) -> None:
    """Ask everybody to sign whose signature the latest version lacks."""
    from cp_pricing.quotes import approvals

    _done(where, token, name, lambda own: approvals.ask(own, number, until=until))


@click.command("sign", epilog=SIGN_EPILOG, short_help="Sign a version, with an approver's token.")
@number_argument
@comment_option
@until_option("The last day, in UTC, that the signature stands.")
@acting_options
def sign(  # noqa: PLR0913 - click passes every option by its name
    *,
    number: str,
    comment: str,
    until: date | None,
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """Sign the version that NUMBER names, as in Q-2026-0001.2, as the approver of the token."""
    from cp_pricing.quotes import approvals

    _done(where, token, name, lambda own: approvals.sign(own, number, comment=comment, until=until))


@click.command("refuse", epilog=SIGN_EPILOG, short_help="Refuse to sign a version, and say why.")
@number_argument
@comment_option
@acting_options
def refuse(*, number: str, comment: str, where: str, token: str | None, name: str | None) -> None:
    """Refuse to sign the version that NUMBER names, as the approver of the token."""
    from cp_pricing.quotes import approvals

    _done(where, token, name, lambda own: approvals.refuse(own, number, comment=comment))


@click.command("withdraw", epilog=WITHDRAW_EPILOG, short_help="Take back a quote or part of it.")
@number_argument
@click.option("--asking", "what", flag_value="asking", help="Ask for signatures no longer.")
@click.option(
    "--signature", "what", flag_value="signature", help="The signatures of the token's approver."
)
@click.option("--link", metavar="ID", help="One of its links.")
@comment_option
@acting_options
@click.pass_context
def withdraw(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    /,
    *,
    number: str,
    what: str | None,
    link: str | None,
    comment: str,
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """Take back a whole quote, or what an option names of it."""
    from cp_pricing.quotes import approvals, links, record

    if what and link:
        raise click.UsageError(f"`--{what}` and `--link` are two things to withdraw", ctx)

    def do(own: Desk) -> Quote:
        if link:
            return links.withdraw_link(own, number, link)
        if what == "asking":
            return approvals.withdraw_asking(own, number)
        if what == "signature":
            return approvals.withdraw_signature(own, number, comment=comment)
        return record.withdraw(own, number, comment=comment)

    _done(where, token, name, do)
