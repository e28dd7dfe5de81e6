"""What stands in a file where a request should, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

# No request needs a hundredth of it; a file without line ends must not fill the memory.
MAXIMUM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a file where a request should, or its rest, and why it cannot be read."""

    reason: str
    hint: str = ""


# A request's JSON text; a table's row by its columns; or neither.
Content: TypeAlias = bytes | Mapping[str, object] | Unreadable


class Placed(NamedTuple):
    """A content and where its text begins; line and column are 0 in a file without lines."""

    line: int
    column: int
    content: Content
