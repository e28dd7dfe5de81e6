"""Places in a file as editors count them: line, column and offset, whatever the line ends."""

from __future__ import annotations

import re


class Positions:
    """The places of a text as it is in its file."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]

    def of(self, line: int, column: int) -> dict[str, int]:
        """A place: line and column count characters from 1, the offset counts them from 0."""
        start = self._starts[line - 1] if line <= len(self._starts) else self._length
        offset = min(start + column - 1, self._length)
        return {"line": line, "column": column, "offset": offset}
