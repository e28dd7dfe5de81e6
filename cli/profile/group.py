"""The group of commands for profiles, `cp-pricing profile`."""

from __future__ import annotations

import click

from cli.profile.fit import fit


@click.group("profile")
def profile() -> None:
    """Fit profiles of comparable customers to what these did."""


profile.add_command(fit)
