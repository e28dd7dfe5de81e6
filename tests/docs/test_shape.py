"""The house keeps its sizes: nothing in it is larger than a reader can take in at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.shape import Module, modules, sizes_of_folders

SHIPPED = modules(ROOT)
TESTS = modules(ROOT, ["tests"])
DEV = Path("dev.py")
TOOLS = [*modules(ROOT, ["benchmarks"]), Module(DEV, (ROOT / DEV).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("packages", [SHIPPED, TESTS, TOOLS], ids=["shipped", "tests", "tools"])
def test_no_module_is_over_400_lines(packages: list[Module]) -> None:
    lines = {str(module.path): module.lines for module in packages}
    assert not {path: count for path, count in lines.items() if count > 400}


def test_no_class_is_over_300_lines() -> None:
    lines = {name: count for module in SHIPPED for name, count in module.classes.items()}
    assert not {name: count for name, count in lines.items() if count > 300}


def test_no_function_is_over_40_lines() -> None:
    lines = {name: count for module in SHIPPED for name, count in module.functions.items()}
    assert not {name: count for name, count in lines.items() if count > 40}


def test_no_folder_has_more_than_14_modules() -> None:
    sizes = sizes_of_folders(SHIPPED)
    assert len(sizes) > 10
    assert not {folder: count for folder, count in sizes.items() if count > 14}
