"""The number of a quote: short enough to be said aloud, and never anybody's key to it."""

from __future__ import annotations

import re

from cp_pricing.quotes.log.acting import ConflictError, NotFoundError

_SAID = re.compile(
    r"\s*(?:q[\s-]*)?(?P<year>\d{4})[\s-]+0*(?P<count>[1-9]\d*)(?:\s*\.\s*0*(?P<version>[1-9]\d*))?\s*",
    re.IGNORECASE | re.ASCII,
)


def beginning(year: int) -> str:
    """What the numbers of a year's quotes begin with."""
    return f"Q-{year:04}-"


def numbered(year: int, count: int) -> str:
    """The number of a year's quote: `Q-2026-0042`. Digits only, so that nothing is misheard."""
    return f"{beginning(year)}{count:04}"


def count_of(number: str) -> int:
    """Which of its year's quotes a number is."""
    return int(number.rpartition("-")[2])


def understood(said: str) -> tuple[str, int | None]:
    """A number as people write it, and the version if they say one; raises `NotFoundError`.

    `Q-2026-0042`, `q-2026-42`, `2026 42` are one number, `Q-2026-0042.2` is its second version.
    """
    found = _SAID.fullmatch(said)
    if found is None:
        hint = "a number is written `Q-2026-0042`, its second version `Q-2026-0042.2`"
        raise NotFoundError(f"`{said}` is no number of a quote", hint)
    version = found["version"]
    return numbered(int(found["year"]), int(found["count"])), int(version) if version else None


def named(name: str) -> int:
    """The version that a name says; raises `ConflictError` for a number alone."""
    number, version = understood(name)
    if version is None:
        raise ConflictError("this is done to one version", f"name it, as in `{number}.1`")
    return version
