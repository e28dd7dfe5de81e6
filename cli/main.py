"""The group of commands, `cp-pricing`; nothing heavier than click is imported here."""

from __future__ import annotations

import click

from cli.batch import batch
from cli.books import books
from cli.completion import completion
from cli.console.endings import last_word, quiet_endings, spare_standard_error
from cli.console.saying import plain_refusals
from cli.explain import explain
from cli.models import models
from cli.policy.group import policy
from cli.profile.group import profile
from cli.quote import quote
from cli.quotes.group import quotes
from cli.report import report
from cli.serve import serve
from cli.solve import solve

PROGRAM = "cp-pricing"
EPILOG = """\b
Examples:
  cp-pricing solve                          the pilot price book and its requests
  cp-pricing solve my-prices --format json  a price book of your own, for a program
  cp-pricing books                          the price books that come with cp-pricing
  cp-pricing quote pay-as-you-go solo price=7
                                            may we? a question in one line, without a file
  cp-pricing quotes list                    what is on record, who has to sign, what was sent
  cp-pricing explain --request ID           why, why not, and what would be accepted
  cp-pricing models                         where the required lifetime value comes from
  cp-pricing report --out report.html       every request with its charts, in one file
  cp-pricing batch --out results.csv        requests of any number, from file to file
  cp-pricing serve                          the desk's page, for a browser
"""


class Commands(click.Group):
    """A group that knows near misses of its commands' names, and ends quietly."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one may have been meant."""
        # While a shell completes a command's name, there is only a part of it.
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            from constraints.text.source import did_you_mean

            hint = did_you_mean(args[0], self.commands) or f"commands: {', '.join(self.commands)}"
            ctx.fail(f"no such command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def make_context(  # noqa: D102 - as in click, which also shows help and versions here
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        with quiet_endings(), plain_refusals():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a broken pipe and Ctrl-C end it without a word."""
        with quiet_endings(), plain_refusals():
            return super().invoke(ctx)


@click.group(
    PROGRAM,
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM, message="%(prog)s %(version)s")
def main() -> None:
    """Find the usage price that a customer's wishes allow, certified and explained.

    A price book is a folder with catalog.yaml, profiles.yaml and policy.yaml. Without one, the
    pilot that comes with cp-pricing is used.
    """


def run() -> None:
    """The program: the group, and one line where something happens that nobody foresaw."""
    spare_standard_error()
    with last_word(), quiet_endings():
        main(prog_name=PROGRAM)


for command in (
    solve,
    quote,
    quotes,
    explain,
    models,
    policy,
    profile,
    report,
    batch,
    books,
    serve,
    completion,
):
    main.add_command(command)
