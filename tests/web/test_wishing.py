"""What a customer can ask for: every tunable term, by controls for nothing else, and sizes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from constraints.text.source import InputError
from cp_pricing import PriceBook, TuningRequest, load_requests, solve
from cp_pricing.catalog.tunables import Grid
from cp_pricing.fields import is_price
from cp_pricing.quotes.choices import Choice, choices_of, sizes_of
from cp_pricing.quotes.links import Shown, customer_offer
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.wishes import wished_request
from cp_pricing.web.desk.controls import Term
from cp_pricing.web.record.wishing import controls_of, wishes_of
from tests.support.quotes import UNTIL


@cache
def _offers(book: PriceBook) -> tuple[Solved, ...]:
    """Answers that can be sent, one of each plan."""
    found: dict[str, Solved] = {}
    for request in load_requests(book):
        if request.configuration not in found:
            result = solve(book, request)
            if result.decision == "accepted":
                found[request.configuration] = Solved(book, request, result)
    return tuple(found.values())


def _shown(own: Solved) -> Shown:
    view = customer_offer(own, UNTIL)
    seen = Shown(view, own.catalog, "", "open")
    return replace(seen, choices=choices_of(own), sizes=sizes_of(own))


def _some_values(choice: Choice) -> list[Fraction | bool]:
    count = choice.bounds.count
    places = {0, 1, count // 2, count - 1} if count > 20 else range(count)
    return [choice.bounds.at(place) for place in places if place < count]


@pytest.mark.parametrize("name", ["pilot", "card_book"])
def test_every_tunable_term_can_be_asked_for_and_nothing_else(
    name: str, request: pytest.FixtureRequest
) -> None:
    book: PriceBook = request.getfixturevalue(name)
    assert _offers(book)
    for own in _offers(book):
        shown, plan = _shown(own), book.configuration(own.request.configuration)
        assert {choice.field for choice in shown.choices} == plan.tunable.keys()
        controls = dict(zip(shown.choices, controls_of(shown), strict=False))
        for choice, control in controls.items():
            if is_price(choice.field):
                # Nothing says which prices may be had: what is offered, and no more.
                assert (control.kind, control.low, control.high) == ("text", "", "")
                term = Term(choice.name, choice.field, own.catalog)
                sent = [term.written(value) for value in _some_values(choice)]
            elif control.kind == "choice":
                sent = [option.value for option in control.options]
                assert len(sent) == choice.bounds.count - (choice.offered in choice.bounds)
            else:
                assert isinstance(choice.bounds, Grid)
                low, high, step = map(Fraction, (control.low, control.high, control.step))
                assert (high - low) / step + 1 == choice.bounds.count
                sent = [str(float(low + n * step)) for n in (0, 1, choice.bounds.count - 1)]
            for value in sent:
                wish, faults = wishes_of({control.name: value}, shown)
                assert not faults
                if wish:
                    asked = wished_request(own, wish)
                    assert asked.inputs[choice.field] in choice.bounds
                    others = {**asked.inputs}, {**own.request.inputs}
                    for inputs in others:
                        inputs.pop(choice.field, None)
                    assert others[0] == others[1]


@pytest.mark.parametrize(
    "sent", ["", "nonsense", "-1", "1e30", "0.0000000001", "<b>", "nan", "yes "]
)
def test_what_no_control_sends_is_told(pilot: PriceBook, sent: str) -> None:
    (own,) = (one for one in _offers(pilot) if one.request.configuration.endswith("-overage"))
    shown = _shown(own)
    for choice, control in zip(shown.choices, controls_of(shown), strict=False):
        wish, faults = wishes_of({control.name: sent}, shown)
        assert not wish
        assert faults == [] if not sent else len(faults) == 1
        said = "write another number" if is_price(choice.field) else "it can be "
        assert not sent or faults[0].startswith(f"{control.label}: {said}")
        assert choice.name not in wish


def test_sizes_are_asked_for_where_the_plan_knows_them(card_book: PriceBook) -> None:
    for own in _offers(card_book):
        shown, plan = _shown(own), card_book.configuration(own.request.configuration)
        meters = [size.name for size in shown.sizes if size.name != "members"]
        assert meters == list(plan.meters)
        fields = {f"size.{name}": "2.5M" for name in meters}
        wish, faults = wishes_of(fields, shown)
        assert not faults
        units = wished_request(own, wish).customer.monthly_units
        asked = dict.fromkeys(plan.meters, Fraction(2_500_000))
        assert units == (asked if len(meters) > 1 else asked[meters[0]])


def test_a_size_that_nobody_has_said_is_not_shown(pilot: PriceBook) -> None:
    for own in _offers(pilot):
        for size in sizes_of(own):
            customer = own.request.customer
            assert size.said == (
                customer.members if size.name == "members" else customer.monthly_units
            )


MONTHS = {
    "monthly_usage": [
        {"weight": Fraction(1, 2), "units": Fraction(1_000_000)},
        {"weight": Fraction(1, 2), "units": Fraction(9_000_000)},
    ]
}


def test_months_of_its_own_give_way_to_a_use_that_is_said(pilot: PriceBook) -> None:
    own = _offers(pilot)[0]
    request = TuningRequest.model_validate(
        {
            "id": "a",
            "configuration": own.request.configuration,
            "profile": own.request.profile,
            "customer": {"members": Fraction(3), **MONTHS},
        },
        context=pilot.on_sale,
    )
    solved = replace(own, request=request)
    assert wished_request(solved, "{}").customer == request.customer
    said = wished_request(solved, '{"customer": {"monthly_units": 5000000}}').customer
    assert (said.members, said.monthly_units, said.monthly_usage) == (
        Fraction(3),
        Fraction(5_000_000),
        None,
    )


def test_a_customer_says_nothing_else_of_itself(pilot: PriceBook) -> None:
    own = _offers(pilot)[0]
    for wish, message in (
        ('{"customer": {"name": "Other"}}', "a customer says `members` and `monthly_units` here"),
        ('{"customer": 3}', "must be keys and values, not `3`"),
        ('{"customer": {"members": 0}}', "`members` must be above zero"),
    ):
        with pytest.raises(InputError) as refused:
            wished_request(own, wish)
        assert message in refused.value.issues[0].message
