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


for command in (check, fmt, init, schema, test, analyze, compare, explain):
    policy.add_command(command)
