"""The group of commands for policy authors, `cp-pricing policy`."""

from __future__ import annotations

import click

from cli.policy.analyze import analyze
from cli.policy.check import check
from cli.policy.compare import compare
from cli.policy.explain import explain
from cli.policy.fmt import fmt
from cli.policy.init import init
from cli.policy.schema import schema
from cli.policy.testing import test


@click.group("policy")
def policy() -> None:
    """Check, lay out, test, analyse and compare policies."""


policy.add_command(check)
policy.add_command(fmt)
policy.add_command(init)
policy.add_command(schema)
policy.add_command(test)
policy.add_command(analyze)
policy.add_command(compare)
policy.add_command(explain)
