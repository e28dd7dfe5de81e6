"""axe-core, fetched by npm where there is one: rules of accessibility in the browser itself."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.browser.window import Window

VERSION = "4.14.1"
_RUN = """
axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map((one) =>
  `${one.id}: ${one.help}: ${one.nodes.slice(0, 2).map((node) => node.html).join(" ")}`))
"""


def script() -> str | None:
    """The text of axe-core; `None` where it cannot be fetched."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, f"axe-core@{VERSION}"]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            member = archive.extractfile("package/axe.min.js")
            return member.read().decode() if member else None


def findings(browser: Window, axe: str) -> Iterator[str]:
    """What axe-core has against the page that is shown."""
    browser.evaluate(f"{axe}; 0")
    found = browser.evaluate(_RUN)
    yield from (f"axe: {each}" for each in found)
