"""The form of the page: what is asked now, and everything that could be asked instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from constraints.text.numerals import decimal_string
from constraints.text.spoken import unmistakable
from cp_pricing.asking.names import SHORT_PREFERENCES, term_names
from cp_pricing.asking.question import Asked, Question, asked
from cp_pricing.book.facts import ChoiceFact, FlagFact, NumberFact
from cp_pricing.fields import PRICE, solved_field
from cp_pricing.tuning import deal_of
from cp_pricing.web.desk.addresses import FACT, PARAMETER, USAGE_OF
from cp_pricing.web.desk.controls import Control, Option, term_controls
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_words
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.book.facts import AnyFact, FactValue
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.fields import FieldName

_YES_NO = (Option("yes", "yes"), Option("no", "no"))


@dataclass(frozen=True, slots=True)
class Form:
    """A plan, a profile, and a control for everything else that a question can say."""

    plan: Control
    profile: Control
    terms: tuple[Control, ...]
    preference: Control
    approval: bool
    customer: tuple[Control, ...]
    facts: tuple[Control, ...]
    parameters: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that has no fault: itself without what the list says anyway, and its request."""

    question: Question
    asked: Asked
    request: TuningRequest
    listed: Mapping[FieldName, Value]


def understood_of(book: PriceBook, question: Question) -> Understood:
    """A question put to a price book; raises `InputError` with every fault of it."""
    plain = _without_opened(book, question)
    found = asked(book, plain)
    (request,) = found.requests
    listed = deal_of(found.book, request, 1.0).offer.canonical
    lean = _without_list_values(book, plain, request, listed)
    if lean == plain:
        return Understood(plain, found, request, listed)
    found = asked(book, lean)
    return Understood(lean, found, found.requests[0], listed)


def _fields(book: PriceBook, question: Question) -> Mapping[str, FieldName]:
    plans = {plan.id: plan for plan in book.catalog.configurations}
    named = term_names(book.catalog, plans.get(question.plan))
    return {name: solved_field(field) for name, field in named.items()}


def _without_opened(book: PriceBook, question: Question) -> Question:
    """A form sends the value of a term that is left open, too."""
    fields = _fields(book, question)
    names = [name for word in question.opened for name in word.replace(",", " ").split()]
    opened = {fields.get(name) for name in names} - {None}
    kept = [term for term in question.terms if fields.get(term.partition("=")[0]) not in opened]
    return replace(question, terms=kept, opened=names)


def _without_list_values(
    book: PriceBook, question: Question, request: TuningRequest, listed: Mapping[FieldName, Value]
) -> Question:
    """A term that is asked for as it is listed is not asked for; but for the price."""
    fields = _fields(book, question)
    same = {
        field
        for field, value in request.inputs.items()
        if field != PRICE and listed.get(field) == value
    }
    kept = [term for term in question.terms if fields[term.partition("=")[0]] not in same]
    return replace(question, terms=kept)


# --- the form -------------------------------------------------------------------------------


def form_of(book: PriceBook, understood: Understood) -> Form:
    """The form in which a question stands."""
    question, request = understood.question, understood.request
    plan = book.configuration(question.plan)
    return Form(
        plan=_plans(book, question.plan),
        profile=_profiles(book, plan, question.profile),
        terms=term_controls(book, request, understood.listed),
        preference=_preference(book, request),
        approval=question.approval,
        customer=tuple(_customer(book, plan, question)),
        facts=tuple(_facts(book, request)),
        parameters=tuple(_parameters(book, question)),
    )


def _plans(book: PriceBook, chosen: str) -> Control:
    options = tuple(Option(p.id, p.name) for p in book.catalog.configurations if p.tunable)
    if chosen not in {option.value for option in options}:
        options += (Option(chosen, book.configuration(chosen).name),)
    return Control("plan", "Plan", "choice", chosen, "", options=options)


def _profiles(book: PriceBook, plan: Configuration, chosen: str) -> Control:
    there = [profile.id for profile in book.profiles if plan.is_available_to(profile.id)]
    options = tuple(Option(id_, id_) for id_ in dict.fromkeys((*there, chosen)))
    return Control("profile", "Customers like", "choice", chosen, "", options=options)


def first_question(book: PriceBook) -> Question:
    """What is asked before anybody asks: the first tunable plan, for its first profile."""
    plans = [*(p for p in book.catalog.configurations if p.tunable), *book.catalog.configurations]
    profiles = [profile.id for profile in book.profiles]
    pairs = ((p.id, id_) for p in plans for id_ in profiles if p.is_available_to(id_))
    plan, profile = next(pairs, (plans[0].id, profiles[0]))
    return Question(plan, profile)


def with_plan(book: PriceBook, question: Question) -> Question:
    """A question about another plan, of which no terms are said, for a profile that it is for."""
    plan = book.configuration(question.plan)
    there = [profile.id for profile in book.profiles if plan.is_available_to(profile.id)]
    fits = question.profile in there or not there
    return replace(question, profile=question.profile if fits else there[0], terms=(), opened=())


def _preference(book: PriceBook, request: TuningRequest) -> Control:
    aim = price_words(book.denomination(request.configuration)).aim
    short = {name: short for short, name in SHORT_PREFERENCES.items()}
    chosen = short[request.preference] if request.preference != "lower_usage_price" else ""
    options = tuple(
        Option(short[name], words) for name, words in aim.items() if name != "lower_usage_price"
    )
    without = aim["lower_usage_price"]
    return Control("prefer", "Look for", "choice", chosen, without, options=options)


def _customer(book: PriceBook, plan: Configuration, question: Question) -> Iterator[Control]:
    profile = book.profile(question.profile)
    members = f.exact(profile.members_per_customer)
    yield Control("customer", "Customer", "text", question.customer or "", "no name")
    yield Control(
        "members", "Members", "text", question.members or "", f"{members}, as the profile"
    )
    catalog = book.denomination(plan.id)
    used = "as the profile, in {} a month"
    if len(plan.meters) == 1:
        unit = f.plural(f.unit_of(plan.meters[0], catalog))
        yield Control("usage", "Use", "text", question.usage or "", used.format(unit))
        return
    said = dict(one.partition("=")[::2] for one in (question.usage or "").split(",") if one)
    for meter in plan.meters:
        unit = f.plural(f.unit_of(meter, catalog))
        name = f"{USAGE_OF}{meter}"
        yield Control(name, capital(unit), "text", said.get(meter, ""), used.format(unit))


def _facts(book: PriceBook, request: TuningRequest) -> Iterator[Control]:
    for name, fact in book.policy.facts.items():
        yield _fact(name, fact, request.facts.get(name))


def _fact(name: str, fact: AnyFact, said: FactValue | None) -> Control:
    value = "" if said is None else fact_written(said)
    without = "not said" if fact.default is None else fact_written(fact.default)
    label = capital(name.replace("_", " "))
    control = Control(f"{FACT}{name}", label, "choice", value, without)
    match fact:
        case ChoiceFact(values=values):
            return replace(control, options=tuple(Option(one, one) for one in values))
        case FlagFact():
            return replace(control, options=_YES_NO)
        case NumberFact():
            low, high, step = map(decimal_string, (fact.min, fact.max, fact.step))
            rests = low if fact.default is None else decimal_string(fact.default)
            scale = replace(control, kind="scale", low=low, high=high, step=step, rests=rests)
            return replace(scale, unit=fact.unit or "")


def fact_written(value: FactValue) -> str:
    """A value of a fact as the address has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else unmistakable(value)


def _parameters(book: PriceBook, question: Question) -> Iterator[Control]:
    said = dict(one.partition("=")[::2] for one in question.parameters)
    for name, parameter in book.policy.parameters.items():
        label = capital(name.replace("_", " "))
        yield Control(f"{PARAMETER}{name}", label, "text", said.get(name, ""), parameter.text)
    if book.draws.get(question.profile):
        asked_for = book.policy.ltv.confidence
        without = asked_for.at_least_text if asked_for else "not asked for"
        label = "Share of draws that must hold"
        yield Control("confidence", label, "text", question.confidence or "", without)
