"""A question with all its parts to its requests, one for each offer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from constraints.text.nodes import Node, Scalar, SourceText
from constraints.text.numerals import decimal_string
from constraints.text.source import InputError, Issue, did_you_mean
from constraints.text.spoken import spoken_numbers
from cp_pricing.asking.keeping import Kept, kept
from cp_pricing.asking.line import HALF_CHARACTER, laid_out, mapping, meaning, parts, sequence
from cp_pricing.asking.reader import Reader, Said
from cp_pricing.book.formulas import Parameter
from cp_pricing.book.policy import ConfidencePolicy
from cp_pricing.book.price_book import (
    PriceBook,
    parameter_issues,
    with_confidence,
    with_parameters,
)
from cp_pricing.book.requests import TuningRequest
from cp_pricing.fields import ALLOWANCE, RATES, base_name, meter_of
from cp_pricing.files.located import read_model
from cp_pricing.files.scalars import shown
from cp_pricing.words import numbers as f

COMMAND = "quote"
UNSAVED = "offer"  # the id of a request that is not kept
_AMOUNT = re.compile(r"([-+]?[\d_.,]+ ?[kKMBT])\b")


@dataclass(frozen=True, slots=True)
class Question:
    """What was written: a plan, a profile and terms, and what the options say.

    Each of `others` has the terms in which a further offer differs from the first; `id_` is the
    name that the request is kept by.
    """

    plan: str
    profile: str
    terms: Sequence[str] = ()
    others: Sequence[str] = ()
    opened: Sequence[str] = ()
    preference: str | None = None
    approval: bool = False
    customer: str | None = None
    members: str | None = None
    usage: str | None = None
    facts: Sequence[str] = ()
    parameters: Sequence[str] = ()
    confidence: str | None = None
    id_: str | None = None

    def words(self) -> Iterator[tuple[str, str]]:
        """Each option (none for arguments) with its word, in the order of the line."""
        yield from (("", word) for word in (self.plan, self.profile, *self.terms))
        several = {
            "--or": self.others,
            "--open": self.opened,
            "--fact": self.facts,
            "--param": self.parameters,
        }
        yield from ((option, word) for option, words in several.items() for word in words)
        single = {
            "--prefer": self.preference,
            "--customer": self.customer,
            "--members": self.members,
            "--usage": self.usage,
            "--confidence": self.confidence,
            "--save": self.id_,
        }
        yield from ((option, word) for option, word in single.items() if word is not None)


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests of a question, and the price book that they are put to.

    `tried` says which parameters of the policy that book has otherwise than its files, and `file`
    is where the requests are to be kept, if they are.
    """

    book: PriceBook
    requests: tuple[TuningRequest, ...]
    tried: tuple[str, ...]
    file: Kept | None


def asked(book: PriceBook, question: Question, command: str = COMMAND) -> Asked:
    """What a question asks; raises `InputError` with every fault and its place in the line.

    The line begins with the words of the `command`.
    """
    file = None if question.id_ is None else kept(book)
    words = laid_out(command, list(question.words()))
    reading = _Reading(book, words, question, file)
    parameters, confidence = reading.parameters(), reading.confidence()
    requests = tuple(reading.requests())
    _refuse([*reading.reader.issues, *(file.issues if file else ())], words[0].source, file)
    tried = [
        f"`{name}` is {parameter.text} here, and {book.policy.parameters[name].text} in the policy"
        for name, parameter in parameters.items()
    ]
    tried += [] if confidence is None else [_tried(book, confidence)]
    asked_of = with_confidence(with_parameters(book, parameters), confidence)
    return Asked(asked_of, requests, tuple(tried), file)


def _tried(book: PriceBook, confidence: ConfidencePolicy) -> str:
    policy = book.policy.ltv.confidence
    said = f"{policy.at_least_text} in the policy" if policy else "the policy asks for none"
    return f"the confidence asked for is {confidence.at_least_text} here, and {said}"


def _refuse(issues: Sequence[Issue], line: SourceText, file: Kept | None) -> None:
    sources = {line.file: line.text}
    if file and file.text is not None:
        sources[str(file.path)] = file.text
    if issues:
        raise InputError(issues, sources)


class _Reading:
    """The words of one question by their options, and what they come to."""

    def __init__(
        self, book: PriceBook, words: Sequence[Scalar], question: Question, file: Kept | None
    ) -> None:
        self._book = book
        self._taken = file.ids if file else frozenset()
        self._by_option: dict[str, list[Scalar]] = {}
        self._approval = question.approval
        plans = {plan.id: plan for plan in book.catalog.configurations}
        self.reader = Reader(book, plans.get(question.plan))
        for (option, given), word in zip(question.words(), words, strict=True):
            if HALF_CHARACTER.search(given):
                self.reader.refused(word, f"{shown(word)} is not UTF-8", "write it anew")
            self._by_option.setdefault(option, []).append(word)
        self._plan, self._profile, *self._terms = self._by_option[""]

    def _words(self, option: str) -> list[Scalar]:
        return self._by_option.get(option, [])

    def requests(self) -> Iterator[TuningRequest]:
        """The request of each offer that has no fault."""
        context = replace(self._book.on_sale, spoken=True)
        shared, first = self._shared(), self.reader.terms(self._terms)
        changes: list[dict[str, Said]] = [
            {},
            *(self.reader.terms(parts(one)) for one in self._words("--or")),
        ]
        opened = self.reader.open_fields(self._words("--open"))
        for place, changed in enumerate(changes, start=1):
            number = str(place) if len(changes) > 1 else ""
            still_open = [field for field in opened if field.text not in changed]
            node = mapping(self._plan, shared | self._own(number, first | changed, still_open))
            request, issues = read_model(TuningRequest, node, context)
            self.reader.issues += issues
            if request is not None:
                yield request

    def _own(
        self, number: str, terms: Mapping[str, Said], opened: Sequence[Scalar]
    ) -> dict[str, tuple[Scalar, Node]]:
        """The entries of one offer: its id and its terms."""
        (name,) = self._words("--save") or [meaning(self._plan, UNSAVED)]
        id_ = meaning(name, "-".join(filter(None, (name.text, number))))
        if id_.text in self._taken:
            self.reader.refused(name, f"there is a request `{id_.text}` already", "name it anew")
        inputs = {field: (key, value) for field, (key, value) in terms.items() if value is not None}
        entries: dict[str, tuple[Scalar, Node]] = {
            "id": (name, id_),
            "inputs": (self._plan, mapping(self._plan, _by_meter(inputs))),
        }
        if opened:
            entries["open"] = (opened[0], sequence(opened))
        return entries

    def _shared(self) -> dict[str, tuple[Scalar, Node]]:
        """The entries that all offers have."""
        reader, place = self.reader, self._plan
        entries: dict[str, tuple[Scalar, Node]] = {
            "configuration": (place, place),
            "profile": (self._profile, self._profile),
        }
        for word in self._words("--prefer"):
            if (preference := reader.preference(word)) is not None:
                entries["preference"] = (word, preference)
        if self._approval:
            entries["approval_mode"] = (place, meaning(place, "allow_approval"))
        if facts := reader.facts(self._words("--fact")):
            entries["facts"] = (place, mapping(place, facts))
        if customer := self._customer():
            entries["customer"] = (place, mapping(place, customer))
        return entries

    def _customer(self) -> dict[str, tuple[Scalar, Node]]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for word in self._words("--customer"):
            entries["name"] = (word, word)
        for word in self._words("--members"):
            entries["members"] = (word, self.reader.number(word, "--members"))
        for word in self._words("--usage"):
            entries["monthly_units"] = (word, self.reader.use(word, "--usage"))
        return entries

    def confidence(self) -> ConfidencePolicy | None:
        """The confidence that is tried in the place of the policy's."""
        for word in self._words("--save") and self._words("--confidence"):
            hint = "set it under `ltv` in the policy, or leave out `--save`"
            self.reader.refused(word, "a request cannot keep what is asked of all deals", hint)
        for word in self._words("--confidence"):
            asked = mapping(word, {"at_least": (word, meaning(word, word.text))})
            confidence, issues = read_model(ConfidencePolicy, asked)
            # The key of the policy is not what was written here.
            self.reader.issues += [
                replace(issue, message=issue.message.replace("`at_least`", "`--confidence`"))
                for issue in issues
            ]
            return confidence
        return None

    def parameters(self) -> dict[str, Parameter]:
        """The parameters that are tried, each checked against the policy."""
        declared, read = self._book.policy.parameters, dict[str, Parameter]()
        # Both options at once: the file of requests has no place for parameters.
        for word in self._words("--save") and self._words("--param"):
            hint = "change it in the policy, or leave out `--save`"
            self.reader.refused(word, "a request cannot keep a parameter of the policy", hint)
        for name, value in self.reader.named(self._words("--param"), "price_floor=12%"):
            if name.text not in declared:
                hint = did_you_mean(name.text, declared) or f"known: {f.coded(declared)}"
                self.reader.refused(name, f"there is no parameter `{name.text}`", hint)
            elif name.text in read:
                self.reader.refused(name, f"`{name.text}` is given twice", "remove one of them")
            else:
                parameter, issues = read_model(Parameter, meaning(value, _plain(value.text)))
                self.reader.issues += issues
                if parameter is not None:
                    read[name.text] = parameter
        self.reader.issues += parameter_issues(self._book, read)
        return read


def _by_meter(inputs: Mapping[str, tuple[Scalar, Node]]) -> dict[str, tuple[Scalar, Node]]:
    """The inputs as a file has them: those of meters by meter."""
    entries = {field: given for field, given in inputs.items() if not meter_of(field)}
    for base in (ALLOWANCE, RATES):
        own = {meter_of(f): given for f, given in inputs.items() if base_name(f) == base != f}
        if own:
            key, _ = next(iter(own.values()))
            entries[base] = (key, mapping(key, own))
    return entries


def _plain(text: str) -> str:
    """A constant of the language, with its numbers written out: `25_000 USD` for `25k USD`."""

    def written_out(amount: re.Match[str]) -> str:
        readings = spoken_numbers(amount[1])
        return decimal_string(readings[0]) if len(readings) == 1 else amount[0]

    return _AMOUNT.sub(written_out, text)
