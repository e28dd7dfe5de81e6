"""`cp-pricing policy schema`: JSON Schema of the files, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console.inputs import read_or_exit
from cli.console.output import writing
from cli.console.saying import say_done

EPILOG = """\b
Examples:
  cp-pricing policy schema policy.yaml
  cp-pricing policy schema --out schemas

\b
Exit status:
  0    the schema was written
  2    there is no such file in a price book, or the folder has another file of that name
  74   a file could not be written
"""


@click.command("schema", epilog=EPILOG, short_help="Write JSON Schema of the files, for editors.")
@click.argument("file", required=False)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the schemas of all four files into this folder, which is made if need be.",
)
@click.pass_context
def schema(ctx: click.Context, *, file: str | None, out: Path | None) -> None:
    """Write the JSON Schema (2020-12) of FILE: catalog.yaml, profiles.yaml, policy.yaml or
    tuning_requests.json.

    An editor that knows it completes keys and marks what is wrong as one types. With --out, the
    schemas of all four files are written.
    """  # noqa: D205 - the names of the files belong together
    if (file is None) == (out is None):
        message = "name a file of a price book, or a folder with --out"
        raise click.UsageError(message, ctx)
    if out is not None:
        _write_all(out)
    else:
        _write_one(ctx, file or "")


def _write_one(ctx: click.Context, file: str) -> None:
    from constraints.text.source import did_you_mean
    from cp_pricing.authoring.schemas import ROOTS, schema_text

    names = {root.partition(".")[0]: root for root in ROOTS}
    name = names.get(Path(file).name.partition(".")[0])
    if name is None:
        hint = did_you_mean(file, ROOTS) or f"the files are {', '.join(ROOTS)}"
        raise click.BadParameter(f"there is no schema of `{file}`; {hint}", ctx)
    click.echo(schema_text(name).encode(), nl=False)


def _write_all(out: Path) -> None:
    from cp_pricing.authoring.workspace import write_schemas

    with writing(out):
        written = read_or_exit(lambda: write_schemas(out))
    for path in written:
        say_done(f"wrote {path}")
