"""Libraries that come with an extra: what each is for, and how to get the one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingExtraError(Exception):
    """A library of an extra is not installed; the message says what needs it and how to get it."""


def extra(module: str, what: str, library: str, name: str) -> Any:  # noqa: ANN401 - a module
    """The module of a `library` that `what` needs, from the extra `name`.

    Raises `MissingExtraError` if it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        message = (
            f"{what} needs {library}, which is not installed;"
            f" install it with: pip install 'cp-pricing[{name}]'"
        )
        raise MissingExtraError(message) from error
