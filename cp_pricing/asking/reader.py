"""Single words of a question to what a file would have in their place, with every fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from constraints.text.nodes import Node, Scalar
from constraints.text.numerals import decimal_string
from constraints.text.source import Issue, did_you_mean, nearest_to
from constraints.text.spoken import (
    spoken_choice,
    spoken_months,
    spoken_numbers,
    spoken_percentages,
    unmistakable,
)
from cp_pricing.asking.line import mapping, meaning, parts, split
from cp_pricing.asking.names import (
    SHORT_NAMES,
    SHORT_PREFERENCES,
    bounds_of_terms,
    is_quoted,
    misnamed,
    preference_names,
    short_names,
    term_names,
)
from cp_pricing.book.facts import FlagFact, NumberFact
from cp_pricing.book.price_book import PriceBook
from cp_pricing.catalog.plans import Configuration
from cp_pricing.catalog.rates import Meter
from cp_pricing.fields import ALLOWANCE, BOOLEAN_FIELDS, DISCOUNT, FieldName, base_name, meter_of
from cp_pricing.files.scalars import shown
from cp_pricing.words import numbers as f

# What stands for a key, and its value in a file's words; without one it is taken back.
Said = tuple[Scalar, Node | None]


class Reader:
    """Reads words against a price book; `issues` has every fault.

    What is at fault is marked so that nothing else complains of it.
    """

    def __init__(self, book: PriceBook, plan: Configuration | None) -> None:
        self.issues: list[Issue] = []
        self._book = book
        self._catalog = book.catalog
        self._plan = plan
        self._bounds = bounds_of_terms(plan, book.catalog) if plan else {}
        self._fields = term_names(book.catalog, plan)
        self._short = {field: name for name, field in (short_names(plan) if plan else {}).items()}

    def refused(self, word: Scalar, message: str, hint: str = "") -> Scalar:
        """A word that is at fault."""
        self.issues.append(Issue(word.span, message, hint))
        return meaning(word, word.text, faulty=True)

    # --- terms ------------------------------------------------------------------------------

    def terms(self, words: Iterable[Scalar]) -> dict[str, Said]:
        """What is said of each field: `included=12M`, `term=2y`; of `term=`, no value."""
        read: dict[str, Said] = {}
        for word in words:
            name, value = split(word)
            field = self._field(name)
            if field is None:
                continue
            if field in read:
                self.refused(name, f"`{name.text}` is given twice", "remove one of them")
            elif value is None:
                self.refused(word, f"`{name.text}` has no value", self._example(field))
            else:
                read[field] = (name, self._term(field, name.text, value) if value.text else None)
        return read

    def open_fields(self, words: Iterable[Scalar]) -> list[Scalar]:
        """The fields that are named, separated by commas or blanks."""
        named = [part for word in words for part in parts(word, r"\s,")]
        fields = [(part, self._field(part)) for part in named]
        return [meaning(part, field) for part, field in fields if field is not None]

    def _field(self, name: Scalar) -> FieldName | None:
        """The field with a name; a fault if there is none."""
        if name.text not in self._fields:
            self.refused(name, *self._no_term(name))
        return self._fields.get(name.text)

    def _no_term(self, name: Scalar) -> tuple[str, str]:
        """What is wrong with a name that no term has, and what to write."""
        if name.text in self._book.policy.facts:
            hint = f"write `--fact {name.text}=...`, or in an address `fact.{name.text}=...`"
            return f"{shown(name)} is no term but a fact", hint
        message, instead = misnamed(name.text, self._plan) if self._plan else ("", ())
        hint = self._instead(instead) if instead else self._terms_there(name.text)
        return message or f"there is no term {shown(name)}", hint

    def _instead(self, names: Sequence[str]) -> str:
        """What to write in place of a name, with bounds: of several, those that can be tuned."""
        written = [name for name in names if name in self._bounds] or names
        bounds = self._bounds_of(self._fields[written[0]]) if len(written) == 1 else ""
        hint = f"write {f.coded((f'{name}=...' for name in written), 'or')}"
        return f"{hint}: {bounds}" if bounds else hint

    def _terms_there(self, name: str) -> str:
        """The term that may have been meant, or all that can be tuned, with their bounds."""
        begun = (term for term in self._fields if name and term.startswith(name))
        near = next(begun, nearest_to(name, self._fields))
        if near:
            return f"did you mean `{near}`? {self._bounds_of(self._fields[near])}".rstrip()
        listed = "; ".join(f"`{term}`: {bounds}" for term, bounds in self._bounds.items())
        return f"the terms are {listed or f.coded(self._short.values() or SHORT_NAMES)}"

    def _bounds_of(self, field: FieldName) -> str:
        bounds = self._bounds.get(self._short.get(field, ""))
        return f"it may be {bounds}" if bounds else ""

    def _example(self, field: FieldName) -> str:
        is_card = self._plan is not None and self._plan.is_card
        example = "discount=15%" if is_card else "included=12M"
        return self._bounds_of(field) or f"write it like `{example}`"

    def _term(self, field: FieldName, name: str, word: Scalar) -> Scalar:
        hint = self._bounds_of(field)
        if field in BOOLEAN_FIELDS:
            return self.choice(word, name, hint)
        is_allowance = base_name(field) == ALLOWANCE
        if is_allowance and word.text == "unlimited":
            return word
        if field == DISCOUNT:
            return self._discount(word, name, hint)
        if field == "contract_duration_months":
            wanted = f"`{name}` must be a number of months like `24m` or `2y`"
            return self._number(word, spoken_months(word.text), wanted, hint)
        meter = self._meter(meter_of(field))
        unit = f.plural(meter.unit) if is_allowance else self._catalog.currency
        number = self.number(word, name, unit, hint)
        return self._for_one_unit(number, meter) if is_quoted(name) else number

    def _meter(self, id_: str) -> Meter:
        """The meter with an id, or the first one."""
        meters = self._catalog.meters
        return next((meter for meter in meters if meter.id == id_), meters[0])

    def _for_one_unit(self, price: Scalar, meter: Meter) -> Scalar:
        """The price of one unit, where one is given as it is quoted."""
        if price.faulty:
            return price
        exact = Fraction(price.text) / meter.quote_per
        text = decimal_string(exact)
        # Without this, a price that no decimal writes would be asked for a little off.
        if Fraction(text) != exact:
            message = f"{shown(price)} is no exact price of one {meter.unit}"
            return self.refused(price, message, "write it with fewer digits")
        return meaning(price, text, "number")

    def _discount(self, word: Scalar, name: str, hint: str) -> Scalar:
        """A discount as the ratio of a file: `15%`, or `0.15`."""
        text, percent, behind = word.text.strip().partition("%")
        readings = () if behind else spoken_numbers(text)
        if points := spoken_percentages(text):
            hint = f"write `{decimal_string(points[0])}%`"
        wanted = f"`{name}` must be a percentage like `15%`"
        number = self._number(word, readings, wanted, hint, unit=percent)
        if number.faulty:
            return number
        ratio = Fraction(number.text) / (100 if percent else 1)
        if not percent and abs(ratio) >= 1:
            return self.refused(word, f"{wanted}, not {shown(word)}", f"write `{number.text}%`")
        if ratio > 1:
            return self.refused(word, f"`{name}` must not be above 100%", hint)
        return meaning(word, decimal_string(ratio), "number")

    # --- other values -----------------------------------------------------------------------

    def choice(self, word: Scalar, name: str, hint: str = "") -> Scalar:
        """Yes or no."""
        said = spoken_choice(word.text)
        if said is None:
            return self.refused(word, f"`{name}` must be yes or no, not {shown(word)}", hint)
        return meaning(word, str(said).lower(), "boolean")

    def number(self, word: Scalar, name: str, unit: str = "", hint: str = "") -> Scalar:
        """A number, with or without its unit before it or behind it."""
        plain = word.text.strip().removeprefix(unit).removesuffix(unit)
        wanted = f"`{name}` must be a number like `1200` or `1.2k`"
        return self._number(word, spoken_numbers(plain), wanted, hint)

    def use(self, word: Scalar, option: str) -> Node:
        """A customer's units a month: a number or, where there are several meters, by meter."""
        if "=" not in word.text:
            if self._plan is None or len(self._plan.meters) == 1:
                return self.number(word, option)
            each = ",".join(f"{meter}=..." for meter in self._plan.meters)
            self.refused(word, f"`{option}` is said by meter", f"write `{each}`")
            return mapping(word, {})  # of which nothing else complains
        read: dict[str, tuple[Scalar, Node]] = {}
        for name, value in self.named(parts(word, r"\s,"), "input=20M"):
            if name.text in read:
                self.refused(name, f"`{name.text}` is given twice", "remove one of them")
            else:
                unit = f.plural(self._meter(name.text).unit)
                read[name.text] = (name, self.number(value, name.text, unit))
        return mapping(word, read)

    def _number(
        self, word: Scalar, readings: Sequence[Fraction], wanted: str, hint: str, unit: str = ""
    ) -> Scalar:
        """The one reading of a word, less its unit; `wanted` says what it must be."""
        if not readings:
            return self.refused(word, f"{wanted}, not {shown(word)}", hint)
        if len(readings) > 1:
            either = f.listed([f.exact(reading) + unit for reading in readings], "or")
            written = (unmistakable(reading) + unit for reading in readings)
            hint = f"write {f.coded(written, 'or')}"
            return self.refused(word, f"{shown(word)} may be {either}", hint)
        return meaning(word, decimal_string(readings[0]), "number")

    def preference(self, word: Scalar) -> Scalar | None:
        """What the best offer is: the lowest price, the highest LTV, the least commitment."""
        names = preference_names()
        if word.text not in names:
            hint = did_you_mean(word.text, names) or f"write {f.coded(SHORT_PREFERENCES, 'or')}"
            self.refused(word, f"there is no preference {shown(word)}", hint)
            return None
        return meaning(word, names[word.text])

    def facts(self, words: Iterable[Scalar]) -> dict[str, tuple[Scalar, Node]]:
        """What is said of each fact: `deal_type=renewal`, `payment_terms=45 days`."""
        read: dict[str, tuple[Scalar, Node]] = {}
        for name, value in self.named(words, "deal_type=renewal"):
            if name.text in read:
                self.refused(name, f"`{name.text}` is given twice", "remove one of them")
            else:
                read[name.text] = (name, self._fact(name.text, value))
        return read

    def _fact(self, name: str, word: Scalar) -> Scalar:
        match self._book.policy.facts.get(name):
            case FlagFact():
                return self.choice(word, name)
            case NumberFact(unit=unit):
                return self.number(word, name, unit or "")
            case _:
                return word

    def named(self, words: Iterable[Scalar], example: str) -> Iterator[tuple[Scalar, Scalar]]:
        """The names and values of words, each of which needs both."""
        for word in words:
            name, value = split(word)
            if value is None or not name.text or not value.text:
                hint = f"write it like `{example}`"
                self.refused(word, f"{shown(word)} is no name with a value", hint)
            else:
                yield name, value
