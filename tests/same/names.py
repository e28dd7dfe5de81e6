"""The names in a price book, which commands ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.fuzz.books import CATALOG, POLICY, PROFILES, Book
from tests.same.books import asked

BUILT_IN = "ltv-improvement"
PRICE = "usage_unit_price"


@dataclass(frozen=True)
class Names:
    """Ids of requests, configurations with tunable bounds, profiles and rules.

    `levers` are the tunable fields of each request's configuration.
    """

    requests: tuple[str, ...]
    tunable: tuple[str, ...]
    profiles: tuple[str, ...]
    rules: tuple[str, ...]
    levers: Mapping[str, tuple[str, ...]]


def names_of(book: Book) -> Names:
    """The names in a book that is valid."""
    files = {name: content for name, content in book.items() if isinstance(content, bytes)}
    catalog, profiles, policy = (yaml.safe_load(files[n]) for n in (CATALOG, PROFILES, POLICY))
    fields = {str(item["id"]): _levers(item) for item in catalog["configurations"]}
    requests = asked(files)
    return Names(
        requests=tuple(request["id"] for request in requests),
        tunable=tuple(str(c["id"]) for c in catalog["configurations"] if c.get("tunable")),
        profiles=_ids(profiles["profiles"]),
        rules=(*_ids(policy["rules"]), BUILT_IN),
        levers={request["id"]: fields[request["configuration"]] for request in requests},
    )


def _ids(items: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(item["id"]) for item in items)


def _levers(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in configuration.get("tunable", ()) if name != PRICE)
