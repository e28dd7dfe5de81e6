"""Changes to a text that change nothing of what it says."""

from __future__ import annotations

import re
from random import Random


def windows(rng: Random, text: str) -> str:
    return text.replace("\n", "\r\n")


def old_mac(rng: Random, text: str) -> str:
    # Of a text with Windows' line ends already, not two lines where there is one.
    return text.replace("\r\n", "\n").replace("\n", "\r")


def blank_lines(rng: Random, text: str) -> str:
    return text + "\n" * rng.randint(1, 50)


def leading_blank_lines(rng: Random, text: str) -> str:
    return "\n" * rng.randint(1, 5) + text


def last_line_end(rng: Random, text: str) -> str:
    return text.rstrip("\n")


def comments(rng: Random, text: str) -> str:
    """Comment lines before and behind all."""
    if text.lstrip().startswith("{"):
        return text
    return f"# Préface: [x] {{\n{text}\n# the end\n#\n"


def order(rng: Random, text: str) -> str:
    """The keys of a file in another order."""
    first, *rest = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)
    parts = [part if part.endswith("\n") else part + "\n" for part in rest]
    rng.shuffle(parts)
    return first + "".join(parts)


def trailing_blanks(rng: Random, text: str) -> str:
    """Blanks at the end of lines that hold a short value."""
    return re.sub(r"([\w}\]]: ?[\w.%]+)$", r"\1  ", text, flags=re.MULTILINE)


ALL = (
    *(windows, old_mac, blank_lines, leading_blank_lines, last_line_end, comments, order),
    trailing_blanks,
)
