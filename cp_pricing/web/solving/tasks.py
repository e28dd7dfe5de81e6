"""What a worker process is given and what it says: all of it can be sent through a pipe."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

# Price books that a worker keeps at hand: the one in force, and those before it.
BOOKS = 4

# Told what is looked for next; raises `StoppedError` once nobody waits for it any more.
Tell: TypeAlias = Callable[[str], None]
Value = TypeVar("Value")


class StoppedError(Exception):
    """Nobody waits for the task any more."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task; `lasting` whether the same task would have the same reply again."""

    body: bytes
    lasting: bool = True


class Task(Protocol):
    """Something to be worked out from the price book with a digest."""

    @property
    def digest(self) -> str:
        """Which price book it is about."""

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Work it out; raises `InputError` for a question with faults."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task with its number, and the price book where the worker does not have it."""

    number: int
    task: Task
    book: bytes | None


@dataclass(frozen=True, slots=True)
class Stop:
    """The assignment with this number is not wanted any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Doing:
    """What is looked for now."""

    what: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a task has no reply."""

    error: Exception


News: TypeAlias = Doing | Reply | Failed


class Recent(Generic[Value]):
    """The values used last, a few of them; both ends of a pipe forget the same ones."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, Value] = OrderedDict()

    def get(self, name: str) -> Value | None:
        """The value of a name, which is then the one used last."""
        if name in self._values:
            self._values.move_to_end(name)
        return self._values.get(name)

    def put(self, name: str, value: Value) -> None:
        """Keep a value, and forget the one not used for longest if there are too many."""
        self._values[name] = value
        if len(self._values) > BOOKS:
            self._values.popitem(last=False)
