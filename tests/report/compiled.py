"""`python -m tests.report.compiled`: the report's templates compiled anew."""

from __future__ import annotations

from cp_pricing.report.page import templates
from cp_pricing.report.templates.compiled import ENDING, fingerprint
from tests.support.places import ROOT

FOLDER = ROOT / "cp_pricing" / "report" / "templates"


def made() -> dict[str, str]:
    """The files as they have to be, by name."""
    return {path.name + ENDING: _made(path.name) for path in sorted(FOLDER.glob("*.j2"))}


def _made(name: str) -> str:
    environment, source = templates(), (FOLDER / name).read_text(encoding="utf-8")
    code = environment.compile(source, name, name, raw=True)
    return f"{fingerprint(source)}\n{code}\n"


if __name__ == "__main__":
    for name, content in made().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
