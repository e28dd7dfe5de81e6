"""The base of all models of a price book: frozen, exact, and complete in their faults."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain
from typing import Annotated, ClassVar, Literal, NamedTuple, Self, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from constraints.text.source import Span, did_you_mean, nearest_to
from cp_pricing.files.located import LocatedDict, span_of
from cp_pricing.files.scalars import is_authored, plain_text, quoted, value_fault
from cp_pricing.files.shapes import Also
from cp_pricing.files.values import Identifier

K = TypeVar("K")
V = TypeVar("V")

Entries: TypeAlias = Mapping[str, object]
Location: TypeAlias = tuple[int | str, ...]

_CIRCLE_SHOWN = 8


class FrozenMapping(Mapping[K, V]):
    """A mapping that cannot be changed; hashable if its values are."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return f"FrozenMapping({self._entries!r})"


class Fault(NamedTuple):
    """A fault within a value; `message` is a whole sentence."""

    location: Location
    message: str
    hint: str = ""
    kind: Literal["fault", "key"] = "fault"
    """`key` if the last part of the location is a key that is itself at fault."""


class Model(BaseModel):
    """What all models of a price book share: frozen, exact, and complete in their faults.

    `derived` are the fields that no file may give, since they follow from others; `unique` the
    lists whose items must differ, each by one of their keys or (`None`) as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    derived: ClassVar[frozenset[str]] = frozenset()
    unique: ClassVar[Mapping[str, str | None]] = {}

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """The value, a shorthand written out."""
        return value

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The derived fields that follow from the entries."""
        del entries
        return {}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Faults that lie between several of the entries as given, valid or not."""
        del entries, context
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _tell_all(
        cls, value: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """Without this, one wrong entry would hide what is wrong between the others."""
        value = cls.unwrapped(value)
        if not isinstance(value, Mapping):
            return handler(value)
        keys = file_keys(cls)
        allowed = keys if isinstance(value, LocatedDict) else keys | cls.derived
        # A file may not give what follows from it; a model made in Python is given it again.
        strange = [key for key in value if key not in allowed]
        gathered = Gathered(_unknown_key(key, keys) for key in strange)
        alike = chain.from_iterable(repeated(value, *part) for part in cls.unique.items())
        for fault in chain(alike, cls.faults_between(value, info.context)):
            gathered.add(fault)
        if is_authored(info):  # a program may say so that there is none, and a file leaves it out
            for key in (key for key in value if value[key] is None):
                gathered.add(Fault((key,), f"`{key}` must not be null", "leave it out"))
        entries = {key: value[key] for key in value if key in allowed}
        try:
            model = handler({**cls.derived_entries(value), **entries})
        except ValidationError as error:
            # That `requir` is not `require` is one fault, not two.
            meant = {nearest_to(key, keys) for key in strange}
            gathered.take(error, unless_missing=meant)
            raise gathered.error() from None
        gathered.refuse()
        return model


@cache
def file_keys(model: type[Model]) -> AbstractSet[str]:
    """The keys that a file may give, as it spells them."""
    keys: dict[str, None] = {}
    for name, field in model.model_fields.items():
        match field.validation_alias:
            case AliasChoices(choices=choices):
                keys |= dict.fromkeys(map(str, choices))
            case alias if name not in model.derived:
                keys[str(alias or name)] = None
            case _:
                pass
    return keys.keys()


def _unknown_key(key: str, keys: Iterable[str]) -> Fault:
    hint = did_you_mean(key, keys) or "the keys here are " + listed(keys)
    return Fault((key,), f"unknown key `{key}`", hint, "key")


def listed(words: Iterable[str]) -> str:
    """The words in backticks, with commas between."""
    return ", ".join(f"`{word}`" for word in words)


def one_of(words: Sequence[str]) -> str:
    """The words in backticks as what may be chosen from: "`a`, `b` or `c`"."""
    *others, last = words
    return f"{listed(others)} or `{last}`" if others else f"`{last}`"


def in_a_circle(names: Sequence[str]) -> str:
    """Names that lead from one to the next and back to the first; of many, the first and last."""
    shown = [quoted(name) for name in (*names, names[0])]
    left_out = len(shown) - _CIRCLE_SHOWN
    if left_out > 1:
        half = _CIRCLE_SHOWN // 2
        shown = [*shown[:half], f"{left_out} more", *shown[-half:]]
    return "in a circle: " + " -> ".join(shown)


def unheard_of(location: Location, kind: str, name: str, known: Collection[str]) -> Fault:
    """A fault for the name of a thing of some kind that there is not."""
    hint = did_you_mean(name, known) or f"the {kind}s are {listed(known)}"
    return Fault(location, f"there is no {kind} `{name}`", hint)


class Gathered:
    """Faults of the parts of a value, to be raised together."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._details = [_details_of(fault) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Add one fault."""
        self._details.append(_details_of(fault))

    def take(
        self,
        error: ValidationError | PydanticCustomError,
        *location: int | str,
        renamed: Mapping[int | str, str] | None = None,
        unless_missing: AbstractSet[str] = frozenset(),
    ) -> None:
        """Add what was raised for the part at a location.

        Missing keys may be told by new names, or not at all.
        """
        if isinstance(error, PydanticCustomError):
            self._details.append(InitErrorDetails(type=error, loc=location, input=None))
        else:
            for part in error.errors(include_url=False):
                own = part["loc"][0] if len(part["loc"]) == 1 else None
                if part["type"] == "missing" and own in unless_missing:
                    continue
                names = renamed if renamed and part["type"] == "missing" else {}
                within = (names.get(key, key) for key in part["loc"])
                self._details.append(_rewrapped(part, (*location, *within)))

    def error(self) -> ValidationError:
        """All that has been gathered, for pydantic to add to its own."""
        return ValidationError.from_exception_data("value", self._details)

    def refuse(self) -> None:
        """Raise what has been gathered, if anything."""
        if self._details:
            raise self.error()


def refuse(faults: Iterable[Fault]) -> None:
    """Raise the faults, if there are any, for pydantic to add to its own."""
    Gathered(faults).refuse()


def _details_of(fault: Fault) -> InitErrorDetails:
    error = value_fault(fault.message, fault.hint, fault.kind)
    return InitErrorDetails(type=error, loc=fault.location, input=None)


def _rewrapped(error: ErrorDetails, location: Location) -> InitErrorDetails:
    context = {"message": error["msg"], "advice": "", **error.get("ctx", {})}
    # As an error of our own, since pydantic words those of its own kinds anew.
    kind = PydanticCustomError(error["type"], "{message}{advice}", context)
    return InitErrorDetails(type=kind, loc=location, input=error["input"])


def repeated(entries: Entries, key: str, part: str | None = "id") -> Iterator[Fault]:
    """Faults for items of the list at `key` that say at `part` what an earlier item has said.

    Without `part` the items themselves are compared.
    """
    first: dict[str, Span] = {}
    for place, (text, span) in enumerate(texts_of(entries.get(key), part)):
        if text is None:
            continue
        if text in first:
            hint = f"it is first used in line {first[text].line}" if first[text].file else ""
            location = (key, place) if part is None else (key, place, part)
            yield Fault(location, f"`{text}` is there twice", hint)
        first.setdefault(text, span)


def texts_of(items: object, part: str | None = "id") -> Iterator[tuple[str | None, Span]]:
    """The text at `part` of every item of a list, `None` where there is none, and its place."""
    for item in items if isinstance(items, list | tuple) else ():
        value = item
        if part is not None:
            value = item.get(part) if isinstance(item, Mapping) else getattr(item, part, None)
        yield plain_text(value), span_of(value)


def not_empty(value: tuple[V, ...]) -> tuple[V, ...]:
    """The list, refused if nothing is in it."""
    if not value:
        raise value_fault("must not be an empty list")
    return value


Some: TypeAlias = Annotated[tuple[V, ...], AfterValidator(not_empty), Also(minItems=1)]
Ids: TypeAlias = tuple[Annotated[Identifier, Also(description="An id.")], ...]
SomeIds: TypeAlias = Annotated[Ids, AfterValidator(not_empty), Also(minItems=1, uniqueItems=True)]
