"""The models report as tables for a terminal, one a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.tables import table_of
from cli.terminal import plain
from cp_pricing import formatting as f
from cp_pricing.formatting import Denomination
from cp_pricing.models_report import BaselineFigures, ModelFigures, ModelsReport, ProfileModels

BEST = "*"
# The columns that a model's id takes at least, a figure of money, and a baseline's column.
_ID, _FIGURE, _BASELINE = 18, 11, 16


def show_models(console: Console, report: ModelsReport, catalog: Denomination) -> None:
    """Write one block a profile, and below them how to read the figures."""
    for profile in report.profiles:
        console.print(Group(*_sections(profile, catalog, console.width)))
    console.print(plain(f"\n{_legend(report)}".strip("\n"), "dim"), "", sep="\n")
