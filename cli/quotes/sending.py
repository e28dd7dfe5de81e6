"""`cp-pricing quotes send` and `link`: what the customer is shown, and the way to it."""

from __future__ import annotations

from datetime import date

import click

from cli.console.requests import EACH, time_limit_option
from cli.console.saying import say, say_done
from cli.quotes.acting import acting_options, desk, number_argument, until_option

SEND_EPILOG = """\b
Examples:
  cp-pricing quotes send Q-2026-0001

\b
Exit status:
  0    the links of the quote show it
  2    it cannot be sent, and every reason
"""
LINK_EPILOG = """\b
Examples:
  cp-pricing quotes link Q-2026-0001
  cp-pricing quotes link Q-2026-0001 --until 2026-12-15

\b
Exit status:
  0    the link was written, once and for all
  2    there is nothing to lead to
"""


@click.command("send", epilog=SEND_EPILOG, short_help="Let the customer's links show a version.")
@number_argument
@time_limit_option
@acting_options
def send(
    *, number: str, time_limit: float | None, where: str, token: str | None, name: str | None
) -> None:
    """Let all links of a quote show its latest version, which must be ready: signed by everybody.

    Customers see their own matters alone: terms, price and bill, and what else they could have.
    """
    from cli.views.quotes import show_standing
    from cli.views.terminal import console
    from cp_pricing.quotes.links import customer_offer
    from cp_pricing.quotes.links import send as let_show
    from cp_pricing.quotes.record import contents, version

    with desk(where, token, name) as own:
        _, which = version(own.store, number)
        offer = customer_offer(
            contents(own.store, which), which.saved.valid_until, time_limit=time_limit or EACH
        )
        show_standing(console(), let_show(own, which.name, offer), own.now)


@click.command("link", epilog=LINK_EPILOG, short_help="Make a link for the customer.")
@number_argument
@until_option("The last day, in UTC, that it leads anywhere.  [default: that of the quote]")
@acting_options
def link(
    *, number: str, until: date | None, where: str, token: str | None, name: str | None
) -> None:
    """Make a link to what was sent of a quote, and show its token, which nobody can see again.

    Whoever has it sees what the customer sees, and may accept it or ask for other terms.
    """
    from cp_pricing.quotes.links import make_link
    from cp_pricing.quotes.record import quote

    with desk(where, token, name) as own:
        last_day = until or quote(own.store, number).latest.saved.valid_until
        made = make_link(own, number, last_day)
    say_done(made.token)
    say(f"link {made.id}, until {last_day}; it is not shown again")
