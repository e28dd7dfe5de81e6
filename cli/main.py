"""The group of commands, `cp-pricing`; nothing heavier than click is imported here."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Mapping
from importlib import import_module

import click

from cli.completion import completion
from cli.console.endings import last_word, quiet_endings, spare_standard_error
from cli.console.saying import plain_refusals

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


# Where the commands are: one is imported when it is run or asked for, and all of them for help.
PLACES: Mapping[str, str] = {
    "solve": "cli.solve",
    "quote": "cli.quote",
    "quotes": "cli.quotes.group",
    "explain": "cli.explain",
    "models": "cli.models",
    "policy": "cli.policy.group",
    "profile": "cli.profile.group",
    "report": "cli.report",
    "batch": "cli.batch",
    "books": "cli.books",
    "serve": "cli.serve",
}


class Commands(click.Group):
    """A group that knows near misses of its commands' names, and ends quietly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        return sorted({*PLACES, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name in PLACES and cmd_name not in self.commands:
            self.add_command(getattr(import_module(PLACES[cmd_name]), cmd_name))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one may have been meant."""
        # While a shell completes a command's name, there is only a part of it.
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            from constraints.text.source import did_you_mean

            names = [*PLACES, completion.name or ""]
            hint = did_you_mean(args[0], names) or f"commands: {', '.join(names)}"
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
    # What is imported stays: to look through it again and again takes a tenth of a short run.
    gc.set_threshold(200_000, 20, 50)
    # All of it goes with the process: looking for garbage among it at the end takes a seventh.
    atexit.register(gc.freeze)
    # To look for plugins of pydantic reads what of every installed package is told about it.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # NumPy's threads for large matrices, of which we have none, wait busily as soon as it is there.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    spare_standard_error()
    with last_word(), quiet_endings():
        main(prog_name=PROGRAM)


main.add_command(completion)
