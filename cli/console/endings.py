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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from cli.console.saying import discard_output, say

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed import ReadableBuffer


class Exit(IntEnum):
    """The exit statuses; a program that is interrupted ends by the signal, a shell's 130."""

    DECIDED = 0
    FAILED_ON = 1
    BAD_INPUT = 2
    UNKNOWN = 3
    FAULT = 70
    NOT_WRITTEN = 74
    BROKEN_PIPE = 141


def exit_status(decisions: Sequence[str], fail_on: Sequence[str]) -> Exit:
    """How a run ends that has decided requests so."""
    if set(decisions) & set(fail_on):
        return Exit.FAILED_ON
    return Exit.UNKNOWN if "unknown" in decisions else Exit.DECIDED


@contextmanager
def last_word() -> Iterator[None]:
    """Tell of a fault of ours in one line, with the details in a file, and end with status 70.

    Everything that is foreseen has a sentence and a status of its own elsewhere.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the last place that can keep a traceback from people
        where = _written_down(error)
        say(f"error: a fault in cp-pricing itself ({type(error).__name__}); {where}")
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
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name in Greek is no reason to show nothing on a terminal that knows ASCII only.
        sys.stdout.reconfigure(errors="backslashreplace")
    with on_interrupt(signal.SIG_DFL):  # Python's own action waits until CP-SAT is done
        try:
            yield
            sys.stdout.flush()
        except BrokenPipeError:
            discard_output()
            sys.exit(Exit.BROKEN_PIPE)
        except OSError as error:
            discard_output()
            named = f"{error.filename}: " if error.filename else ""
            say(f"error: {named}{(error.strerror or str(error)).lower()}")
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
def on_interrupt(
    action: Callable[[int, FrameType | None], object] | signal.Handlers,
) -> Iterator[None]:
    """Let Ctrl-C do this meanwhile; signals are for the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, action)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def spare_standard_error() -> None:
    """Let no work fail for want of somebody who hears of it: see to it before all else."""
    encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
    unheard = io.BufferedWriter(_Unheard(_raw_standard_error()))
    sys.stderr = io.TextIOWrapper(unheard, encoding, "backslashreplace", line_buffering=True)


def _raw_standard_error() -> io.RawIOBase:
    if sys.stderr is None:
        return io.FileIO(os.devnull, "w")
    buffer: Any = sys.stderr.buffer
    raw: io.RawIOBase = getattr(buffer, "raw", buffer)  # it may be unbuffered
    return raw


class _Unheard(io.RawIOBase):
    """A stream that also takes what cannot be written: the disk is full, or nobody reads on."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()

    def write(self, data: ReadableBuffer) -> int | None:
        try:
            return self._raw.write(data)
        except OSError:
            return memoryview(data).nbytes
