"""`policy_tests.yaml`: what a policy is expected to decide, and which of its rules decide it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import PlainValidator, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from constraints.language.expressions import NOWHERE
from constraints.text.source import InputError, Issue, Span, did_you_mean
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing.authoring.quoted_prices import price_from
from cp_pricing.book.formulas import Parameter
from cp_pricing.book.loading import checked_request, load_requests
from cp_pricing.book.on_sale import OnSale
from cp_pricing.book.price_book import PriceBook, parameter_issues, with_parameters
from cp_pricing.book.requests import TuningRequest
from cp_pricing.fields import CONFIDENCE_RULE, LTV_RULE, in_field_order, shown_field
from cp_pricing.files.located import read_model, span_of
from cp_pricing.files.models import Entries, Fault, FrozenMapping, Gathered, Model, Some, listed
from cp_pricing.files.reading import is_there
from cp_pricing.files.scalars import plain_text, shown, value_fault
from cp_pricing.files.texts import REQUESTS, TESTS, text_of
from cp_pricing.files.values import Discount, Line, choice
from cp_pricing.tuning import solve


@dataclass(frozen=True)
class Tested(OnSale):
    """What tests may refer to: besides what is on sale, the price book and its requests by id."""

    book: PriceBook | None = None
    requests: Mapping[str, TuningRequest] | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules, those that are built in last."""
        if self.book is None:
            return (LTV_RULE,)
        policy = self.book.policy
        own = tuple(rule.id for rule in policy.rules)
        return (*own, LTV_RULE, *((CONFIDENCE_RULE,) if policy.ltv.confidence else ()))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of all plans, as results name them."""
        plans = self.book.catalog.configurations if self.book else ()
        named = (shown_field(name, is_card=plan.is_card) for plan in plans for name in plan.fields)
        return in_field_order(dict.fromkeys(named))

    def is_card(self, request: object) -> bool | None:
        """Whether what is asked for, by its id or written out, is a rate card, if it is known."""
        if isinstance(request, Mapping):
            plan = plain_text(request.get("configuration"))
        else:
            known = (self.requests or {}).get(plain_text(request) or "")
            plan = known.configuration if known else None
        plans = self.book.catalog.configurations if self.book else ()
        return next((one.is_card for one in plans if one.id == plan), None)


def _tested(info: ValidationInfo) -> Tested:
    return info.context if isinstance(info.context, Tested) else Tested()


def _unknown(kind: str, value: object, names: Collection[str]) -> tuple[str, str]:
    """Message and hint for a value that is none of the names."""
    text = plain_text(value)
    name = shown(value).strip("`") if text is None else text
    hint = did_you_mean(name, names) or f"known: {listed(names)}" if names else ""
    return f"there is no {kind} `{name}`", hint


def _only(value: Mapping[str, object], gathered: Gathered, *keys: str) -> Iterator[str]:
    """Those of a value's keys that it may have; the others are gathered as faults."""
    for key in value:
        if key in keys:
            yield key
        else:
            hint = did_you_mean(key, keys) or "write " + " or ".join(f"`{key}`" for key in keys)
            gathered.add(Fault((key,), f"unknown key `{key}`", hint, "key"))


def _names(
    value: object, kind: str, names: Collection[str], gathered: Gathered, *at: int | str
) -> tuple[str, ...]:
    """The items of a list of such names; what is wrong with it is gathered."""
    if not isinstance(value, list | tuple):
        gathered.take(value_fault(f"must be a list, not {shown(value)}"), *at)
        return ()
    read: list[str] = []
    for index, item in enumerate(value):
        name = plain_text(item)
        if name not in names:
            gathered.add(Fault((*at, index), *_unknown(kind, item, names)))
        elif name in read:
            gathered.add(Fault((*at, index), f"`{name}` is there twice", "remove one of them"))
        read.append(name or "")
    return tuple(read)


class Rules(Model):
    """Which rules: `exactly` these, or at least those to `include` and none to `exclude`."""

    exactly: tuple[str, ...] | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def mentioned(self) -> tuple[str, ...]:
        """All rules that are named."""
        return (*(self.exactly or ()), *self.include, *self.exclude)


def _rules(value: object, info: ValidationInfo) -> Rules:
    """A list of rules, which is exact, or lists under `include` and `exclude`."""
    rules, gathered = _tested(info).rules, Gathered()
    lists: dict[str, tuple[str, ...]] = {}
    if isinstance(value, Mapping):
        for key in _only(value, gathered, "include", "exclude"):
            lists[key] = _names(value[key], "rule", rules, gathered, key)
    else:
        lists["exactly"] = _names(value, "rule", rules, gathered)
    gathered.refuse()
    return Rules(**lists)


def _approvals(value: object, info: ValidationInfo) -> FrozenMapping[str, tuple[str, ...] | None]:
    """The approvers that are asked, with the rules they waive where these are given."""
    tested, gathered = _tested(info), Gathered()
    approvers = tested.book.policy.approvers if tested.book else ()
    asked: dict[str, tuple[str, ...] | None] = {}
    if isinstance(value, Mapping):
        for name in value:
            if name not in approvers:
                gathered.add(Fault((name,), *_unknown("approver", name, approvers), "key"))
            asked[name] = _names(value[name], "rule", tested.rules, gathered, name)
    else:
        asked |= dict.fromkeys(_names(value, "approver", approvers, gathered))
    gathered.refuse()
    return FrozenMapping(asked)


def _conflict(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """The members of one minimal conflict: rules, inputs and bounds."""
    tested, gathered = _tested(info), Gathered()
    own = (f"{kind}:{field}" for kind in ("request", "tunable") for field in tested.fields)
    members = _names(value, "rule, input or bound", (*tested.rules, *own), gathered)
    gathered.refuse()
    return members


class Limits(Model):
    """A usage price (currency/unit) or a discount (ratio): exact, or a limit on either side."""

    exactly: Fraction | None = None
    at_most: Fraction | None = None
    at_least: Fraction | None = None


def _limits(value: object, read: Callable[[object], Fraction]) -> Limits:
    """A value alone is exact."""
    if not isinstance(value, Mapping):
        return Limits(exactly=read(value))
    gathered = Gathered()
    limits: dict[str, Fraction] = {}
    for key in _only(value, gathered, "at_most", "at_least"):
        try:
            limits[key] = read(value[key])
        except (PydanticCustomError, ValidationError) as error:
            gathered.take(error, key)
    gathered.refuse()
    return Limits(**limits)


def _price(value: object, info: ValidationInfo) -> Limits:
    book = _tested(info).book
    # Where there are rate cards only, the test is told that they have no price.
    if book is None or all(plan.is_card for plan in book.catalog.configurations):
        return Limits()
    return _limits(value, lambda own: price_from(own, book.catalog))


_DISCOUNTS: TypeAdapter[Fraction] = TypeAdapter(Discount)


def _discount(value: object, info: ValidationInfo) -> Limits:
    return _limits(value, lambda own: _DISCOUNTS.validate_python(own, context=info.context))


def _reference(value: object, info: ValidationInfo) -> str:
    book, name = _tested(info).book, plain_text(value)
    ids = [item.id for item in book.catalog.configurations] if book else []
    if name not in ids:
        message, hint = _unknown("plan", value, ids)
        raise value_fault(f"must be a plan: {message}", hint)
    return str(name)


Expected: TypeAlias = Literal["accepted", "requires_approval", "rejected"]
_PRICED = ("price", "discount", "approvals", "binding")


class Expectation(Model):
    """What the answer to a request is expected to be; what is absent is not checked."""

    decision: Annotated[Expected, choice("accepted", "requires_approval", "rejected")] | None = None
    price: Annotated[Limits, PlainValidator(_price)] | None = None
    discount: Annotated[Limits, PlainValidator(_discount)] | None = None
    reference: Annotated[str, PlainValidator(_reference)] | None = None
    binding: Annotated[Rules, PlainValidator(_rules)] | None = None
    violated: Annotated[Rules, PlainValidator(_rules)] | None = None
    approvals: (
        Annotated[Mapping[str, tuple[str, ...] | None], PlainValidator(_approvals)] | None
    ) = None
    conflict: Annotated[tuple[str, ...], PlainValidator(_conflict)] | None = None

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Nothing expected, and what cannot go with the decision."""
        del context
        if not entries:
            yield Fault((), "nothing is expected", "add `decision: ...`, or what else must hold")
        decision = plain_text(entries.get("decision"))
        if decision == "rejected":
            for key in _PRICED:
                if key in entries:
                    hint = "expect `violated` or `conflict` of it"
                    yield Fault((key,), f"a rejected request has no `{key}`", hint, "key")
        elif decision is not None and "conflict" in entries:
            hint = "expect `binding` or `violated` of it"
            yield Fault(("conflict",), "only a rejected request has a conflict", hint, "key")

    @property
    def mentioned(self) -> frozenset[str]:
        """The rules that are named."""
        named = [*(self.conflict or ())]
        for rules in (self.binding, self.violated):
            named += rules.mentioned if rules else ()
        for waived in (self.approvals or {}).values():
            named += waived or ()
        return frozenset(named)


def _request(value: object, info: ValidationInfo) -> TuningRequest:
    """A request by its id in the requests' file, or written out."""
    if isinstance(value, Mapping):
        # A test has a name, so that the request in it needs no id.
        return TuningRequest.model_validate({"id": "inline", **value}, context=info.context)
    requests, name = _tested(info).requests or {}, plain_text(value)
    if name is None or name not in requests:
        message, hint = _unknown("request", value, requests)
        raise value_fault(f"must be a request: {message}", hint or "write the request out here")
    return requests[name]


def _parameters(value: object, info: ValidationInfo) -> FrozenMapping[str, Parameter]:
    """Other values for parameters of the policy."""
    if not isinstance(value, Mapping):
        raise value_fault(f"must be keys and values, not {shown(value)}")
    book, gathered = _tested(info).book, Gathered()
    parameters = book.policy.parameters if book else {}
    read: dict[str, Parameter] = {}
    for name in value:
        if name not in parameters:
            gathered.add(Fault((name,), *_unknown("parameter", name, parameters), "key"))
            continue
        try:
            read[name] = Parameter.model_validate(value[name], context=info.context)
        except ValidationError as error:
            gathered.take(error, name)
    gathered.refuse()
    return FrozenMapping(read)


class PolicyTest(Model):
    """A request, other values for parameters, and what is expected."""

    name: Line
    request: Annotated[TuningRequest, PlainValidator(_request)]
    parameters: Annotated[Mapping[str, Parameter], PlainValidator(_parameters)] = FrozenMapping()
    expect: Expectation
    source: Span = NOWHERE
    derived: ClassVar[frozenset[str]] = frozenset({"source"})

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The place of the test."""
        return {"source": span_of(entries)}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """A price expected of a rate card, or a discount of a plan with a price."""
        expect = entries.get("expect")
        if not isinstance(context, Tested) or not isinstance(expect, Mapping):
            return
        match context.is_card(entries.get("request")):
            case True if "price" in expect:
                message = "a rate card has no `price`"
                yield Fault(("expect", "price"), message, "expect a `discount` of it", "key")
            case False if "discount" in expect:
                message = "only a rate card has a `discount`"
                yield Fault(("expect", "discount"), message, "expect a `price` of it", "key")
            case _:
                pass

    def changed(self, book: PriceBook) -> PriceBook:
        """The price book with this test's parameters."""
        return with_parameters(book, self.parameters)


class TestFile(Model):
    """What a file of policy tests holds."""

    __test__: ClassVar[bool] = False  # not for pytest
    tests: Some[PolicyTest]
    unique: ClassVar[Mapping[str, str | None]] = {"tests": "name"}


def place_of_tests(book: PriceBook, path: str | Path | None = None) -> Path:
    """The file that is given, or `policy_tests.yaml` beside the policy."""
    return Path(book.folder or "", TESTS) if path is None else Path(path)


def load_tests(book: PriceBook, path: str | Path | None = None) -> tuple[PolicyTest, ...]:
    """The tests of a file (by default that of the price book); raises `InputError`."""
    file = place_of_tests(book, path)
    has_requests = book.folder is not None and is_there(book.folder / REQUESTS)
    requests = load_requests(book) if has_requests else ()
    if path is None and not os.path.lexists(file):
        hint = f"begin with this line in it: {_first_test(book, requests)}"
        issue = Issue(Span(str(file), 1, 1, 1, 1), "this policy has no tests yet", hint)
        raise InputError([issue])
    return parse_tests(book, text_of(file, book.roots if path is None else ()), str(file), requests)


def _first_test(book: PriceBook, requests: Sequence[TuningRequest]) -> str:
    """A test of the first request, or of the first deal that can be tuned, as a line of YAML.

    It expects what is decided today; where that is not known in a second, an acceptance.
    """
    plans = book.catalog.configurations
    plan = next((plan for plan in plans if plan.tunable), plans[0])
    profile = next(p.id for p in book.profiles if plan.is_available_to(p.id))
    deal = {"id": "inline", "configuration": plan.id, "profile": profile}
    request = requests[0] if requests else checked_request(book, deal)
    written = f"{{configuration: {plan.id}, profile: {profile}}}"
    tested = json.dumps(request.id, ensure_ascii=False) if requests else written
    decision = solve(book, request, detail="decision", time_limit=1.0).decision
    expected = "accepted" if decision == "unknown" else decision
    return f"tests: [{{name: a first test, request: {tested}, expect: {{decision: {expected}}}}}]"


def parse_tests(
    book: PriceBook, text: str, file: str = TESTS, requests: Iterable[TuningRequest] = ()
) -> tuple[PolicyTest, ...]:
    """The tests of a YAML text; raises `InputError` with every fault."""
    node, issues = parse_yaml(text, file)
    if node is not None:
        by_id = {request.id: request for request in requests}
        context = Tested(**vars(book.on_sale), book=book, requests=by_id)
        read, faults = read_model(TestFile, node, context)
        issues += faults
        if read and not issues:
            for test in read.tests:
                issues += parameter_issues(book, test.parameters)
        if read and not issues:
            return read.tests
    raise InputError(issues, {file: text})
