"""The style and the script of the page: by name, each with its digest in its address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

PREFIX: Final = "/assets/"
_PLACES: Final = {
    "report.css": "cp_pricing.report",
    "report.js": "cp_pricing.report",
    "page.css": "cp_pricing.web",
    "page.js": "cp_pricing.web",
}
_TYPES: Final = {"css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for the browser, under an address that is another once the file is."""

    content: bytes
    media_type: str
    address: str


@cache
def assets() -> dict[str, Asset]:
    """All files there are, by name."""
    return {name: _asset(name, package) for name, package in _PLACES.items()}


def addresses() -> dict[str, str]:
    """Where each file is, by name."""
    return {name: asset.address for name, asset in assets().items()}


def _asset(name: str, package: str) -> Asset:
    content = resources.files(package).joinpath("templates", name).read_bytes()
    digest = sha256(content).hexdigest()[:12]
    return Asset(content, _TYPES[name.rpartition(".")[2]], f"{PREFIX}{name}?{digest}")
