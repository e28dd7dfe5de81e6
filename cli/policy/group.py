"""The group of commands for policy authors, `cp-pricing policy`."""

from __future__ import annotations

import click

from cli.policy.analyze import analyze
from cli.policy.compare import compare
from cli.policy.explain import explain
from cli.policy.testing import test


@click.group("policy")
def policy() -> None:
    """Check, lay out, test, analyse and compare policies."""


policy.add_command(test)
policy.add_command(analyze)
policy.add_command(compare)
policy.add_command(explain)
