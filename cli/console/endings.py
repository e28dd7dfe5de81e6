"""How a run ends: the exit statuses, and quietly where nobody reads on."""

from __future__ import annotations

import io
import os
import shlex
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum

import click


class Exit(IntEnum):
    """The exit statuses; a program that is interrupted ends by the signal, a shell's 130."""

    DECIDED = 0
    FAILED_ON = 1
    BAD_INPUT = 2
    UNKNOWN = 3
    FAULT = 70
    NOT_WRITTEN = 74
    BROKEN_PIPE = 141


@contextmanager
def last_word() -> Iterator[None]:
    """Tell of a fault of ours in one line, with the details in a file, and end with status 70.

    Everything that is foreseen has a sentence and a status of its own elsewhere.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the last place that can keep a traceback from people
        where = _written_down(error)
        click.echo(
            f"error: a fault in cp-pricing itself ({type(error).__name__}); {where}", err=True
        )
        sys.exit(Exit.FAULT)


def _written_down(error: Exception) -> str:
    """Where the details of a fault are; nobody but the user may read that file."""
    try:
        handle, name = tempfile.mkstemp(prefix="cp-pricing-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            arguments = shlex.join(sys.argv)
            file.write(f"{arguments}\nPython {sys.version}\n\n")
            file.writelines(traceback.format_exception(error))
    except OSError as refused:
        return f"the details could not be written ({(refused.strerror or 'unknown').lower()})"
    return f"please report it with the details in {name}"


@contextmanager
def quiet_endings() -> Iterator[None]:
    """Let Ctrl-C end the program at once, a closed pipe silently, a full disk in one line."""
    _hold_standard_streams()
    if sys.stdout is None:  # closed by the caller, who wants the exit status only
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with _interrupted_at_once():
        try:
            yield
            sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
            sys.exit(Exit.BROKEN_PIPE)
        except OSError as error:
            _discard_output()
            with suppress(OSError):
                click.echo(f"error: {(error.strerror or str(error)).lower()}", err=True)
            sys.exit(Exit.NOT_WRITTEN)


def _hold_standard_streams() -> None:
    """Open what the caller has closed to nothing, or a file of results would be its successor."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - its only argument


@contextmanager
def _interrupted_at_once() -> Iterator[None]:
    """Restore the signal's own action: Python's waits until CP-SAT is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _discard_output() -> None:
    """What is still buffered would raise again when Python closes the stream."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
