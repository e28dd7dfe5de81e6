"""`cp-pricing policy fmt`: policies in the one layout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console.endings import Exit
from cli.console.inputs import policy_root, policy_root_option, read_or_exit
from cli.console.output import write_file
from cli.console.saying import say, say_done

if TYPE_CHECKING:
    from cp_pricing.authoring.workspace import Laid

EPILOG = """\b
Examples:
  cp-pricing policy fmt my-prices
  cp-pricing policy fmt my-prices --check
  cp-pricing policy fmt shared/base.yaml --diff

\b
Exit status:
  0    every file is laid out now; with --check, was so before
  1    --check, and a file is not laid out
  2    a file is no valid policy: every fault is on standard error, nothing was written
  74   a file could not be written
"""


@click.command("fmt", epilog=EPILOG, short_help="Lay policies out in one way.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; end with status 1 if a file would.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@policy_root_option
def fmt(*, paths: Sequence[Path], check: bool, diff: bool) -> None:
    """Lay out policies: order of keys, indentation, and expressions broken at `and` and `or`.

    PATHS are folders of price books, whose policy is laid out with those that it extends in the
    same folder, or single files. Comments stay, and so does what a policy says.
    """
    from cp_pricing.authoring.workspace import laid_out

    root = policy_root()
    laid = read_or_exit(lambda: laid_out(paths, policy_root=root))
    changed = [file for file in laid if file.is_changed]
    for file in changed:
        if diff:
            _show(file)
        elif check:
            say(f"not laid out: {file.path}", err=False)
        else:
            write_file(file.path, file.written)
            say_done(f"laid out {file.path}")
    sys.exit(Exit.FAILED_ON if check and changed else Exit.DECIDED)


def _show(file: Laid) -> None:
    from constraints.text.source import printable

    before, after = (text.splitlines(keepends=True) for text in (file.before, file.after))
    name = printable(str(file.path))
    click.echo("".join(unified_diff(before, after, name, name)), nl=False)
