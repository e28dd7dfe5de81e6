"""`cp-pricing completion`: the script that lets a shell complete commands, options and ids."""

from __future__ import annotations

import os
import shlex
from pathlib import PurePath

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
)

SHELLS = ("bash", "zsh", "fish")
EPILOG = """\b
Set it up once:
  bash  cp-pricing completion bash >> ~/.bashrc
  zsh   cp-pricing completion zsh >> ~/.zshrc
  fish  cp-pricing completion fish > ~/.config/fish/completions/cp-pricing.fish
"""


@add_completion_class
class QuotingBash(BashComplete):
    """Bash puts a completion into the command line as it is, so that it has to be quoted before.

    Zsh and fish quote what they are given themselves. Bash takes `term=12` for three words, and
    completes only the last of them.
    """

    _done = ""  # what stands before the part that bash completes

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one, each with its `=` inside."""
        args, incomplete = super().get_completion_args()
        words = [""]
        for word in (*args, incomplete):
            if word == "=" or words[-1].endswith("="):
                words[-1] += word
            else:
                words.append(word)
        name, sign, _ = words[-1].partition("=")
        self._done = name + sign if sign else ""
        return words[1:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        """The completion's kind and its text as one word of the shell's language."""
        return f"{item.type},{shlex.quote(item.value.removeprefix(self._done))}"


@click.command(epilog=EPILOG, short_help="Print the completion script for a shell.")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script for a shell, by default for yours."""
    chosen = shell or PurePath(os.environ.get("SHELL", "")).name
    shell_class = get_completion_class(chosen) if chosen in SHELLS else None
    if shell_class is None:
        raise click.UsageError(f"name your shell: {', '.join(SHELLS)}", ctx)
    program = ctx.find_root().command
    name = program.name or ""
    variable = f"_{name.replace('-', '_').upper()}_COMPLETE"
    # Only the script itself is wanted: `source` would first ask an installed shell for its version.
    script = shell_class(program, {}, name, variable)
    click.echo(script.source_template % script.source_vars())
