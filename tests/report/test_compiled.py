"""The templates' code that is shipped is that of the templates."""

from __future__ import annotations

from types import CodeType

import jinja2
import pytest

from cp_pricing.report.page import templates
from cp_pricing.report.templates.compiled import ENDING
from tests.report.compiled import FOLDER, made

STALE = "compile the templates anew with `python -m tests.report.compiled`"


def test_the_shipped_code_is_what_jinja_makes_of_the_templates() -> None:
    shipped = {path.name: path.read_text("utf-8") for path in FOLDER.glob(f"*{ENDING}")}
    assert shipped == made(), STALE


def test_it_is_what_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("it was made anew"))
    assert templates().get_template("seller.html.j2").name == "seller.html.j2"


def test_code_by_another_jinja_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja2, "__version__", "0")
    real, compiled = jinja2.Environment.compile, list[str]()

    def kept(self: jinja2.Environment, source: str, name: str, filename: str) -> CodeType:
        compiled.append(name)
        return real(self, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "compile", kept)
    templates().get_template("parts.html.j2")
    assert compiled == ["parts.html.j2"]
