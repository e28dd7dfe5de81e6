from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest

from constraints.text.source import InputError
from cp_pricing import PriceBook, TuningRequest, load_price_book, load_requests, solve
from cp_pricing.quotes.approvals import ask, sign, withdraw_signature
from cp_pricing.quotes.choices import Choice, Size
from cp_pricing.quotes.links import (
    MAXIMUM_WISHES,
    Shown,
    agree,
    customer_offer,
    make_link,
    save_wish,
    send,
    shown,
    wished,
    withdraw_link,
)
from cp_pricing.quotes.log.acting import (
    MAXIMUM_TEXT,
    Actor,
    ConflictError,
    NotAllowedError,
    NotFoundError,
)
from cp_pricing.quotes.record import Desk, quote, save, withdraw
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.store.store import Store
from cp_pricing.quotes.tokens import actor_of, make
from tests.support.places import COULOMB_API
from tests.support.quotes import (
    FREE,
    NO,
    NOW,
    ONE,
    TERMS,
    UNTIL,
    admin,
    later,
    seller,
    signer,
    solved,
)

LONGER = '{"contract_duration_months": 36}'


def sent(store: Store, own: Solved, number: str = "") -> str:
    """The number of a quote whose latest version is sent."""
    of = save(seller(store), own, TERMS, number=number)
    if of.latest.approvers and not of.is_ready(of.latest, NOW):
        ask(seller(store), of.number)
        for who in of.latest.approvers:
            sign(signer(store, who), of.latest.name)
    return send(seller(store), of.latest.name, customer_offer(own, UNTIL)).number


def linked(store: Store, number: str, until: date = UNTIL) -> str:
    return make_link(seller(store), number, until).token


def answered(wish: tuple[PriceBook, TuningRequest]) -> Solved:
    return Solved(*wish, solve(*wish))


# --- what is shown --------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [FREE, ONE])
def test_a_link_shows_what_was_sent(store: Store, request_: str) -> None:
    token = linked(store, sent(store, solved(request_)))
    seen = shown(store, token, NOW)
    assert (seen.state, seen.view.valid_until) == ("open", UNTIL)
    assert seen.view == customer_offer(solved(request_), UNTIL)
    assert seen.view.price is not None
    assert seen.view.price.quote == solved(request_).result.quote


def test_a_rate_card_is_shown_with_its_meters(store: Store) -> None:
    book = load_price_book(COULOMB_API)
    cards = [one for one in load_requests(book) if book.configuration(one.configuration).is_card]
    own = next(
        own
        for own in (Solved(book, one, solve(book, one)) for one in cards)
        if own.result.decision == "accepted"
    )
    seen = shown(store, linked(store, sent(store, own)), NOW)
    assert seen.view == customer_offer(own, UNTIL)
    assert seen.view.meters
    assert seen.catalog == own.catalog


def test_nothing_of_the_sellers_side_can_be_reached_by_a_link(store: Store) -> None:
    own = solved(ONE)
    seen = shown(store, linked(store, sent(store, own)), NOW)
    assert Shown.__slots__ == ("view", "catalog", "seen", "state", "name", "choices", "sizes")
    assert Choice.__slots__ == ("name", "field", "bounds", "offered")
    assert Size.__slots__ == ("name", "said")
    said = json.dumps(seen.view.model_dump(mode="json"))
    rules = {rule.id for rule in own.result.rules}
    secrets = {"deal-desk", "vp-sales", "small-team", "margin", "ltv", "Q-2026", "mara", *rules}
    assert not {word for word in secrets if word in said}
    for amount in (own.result.ltv.tuned, own.result.ltv.required, own.result.monthly.margin):
        assert amount is not None
        assert f"{float(amount):,.2f}" not in said


def test_a_link_shows_what_is_sent_last(store: Store) -> None:
    number = sent(store, solved(FREE))
    token = linked(store, number)
    before = shown(store, token, NOW)
    save(seller(store), solved(ONE), TERMS, number=number)
    assert shown(store, token, NOW) == before  # nothing of it has been sent
    sent(store, solved(ONE), number)
    after = shown(store, token, NOW)
    assert after.view.price != before.view.price
    with pytest.raises(ConflictError, match="another offer has been sent meanwhile"):
        agree(store, token, before.seen, NOW, name="Ann")
    agree(store, token, after.seen, NOW, name="Ann")


def test_only_what_is_ready_is_sent(store: Store) -> None:
    number = save(seller(store), solved(ONE), TERMS).number
    offer = customer_offer(solved(ONE), UNTIL)
    with pytest.raises(ConflictError, match="lacks the signature of deal-desk"):
        send(seller(store), f"{number}.1", offer)
    with pytest.raises(ConflictError) as refused:
        send(seller(store, later(days=31)), f"{number}.1", customer_offer(solved(FREE), UNTIL))
    assert len(refused.value.reasons) == 3
    save(seller(store), solved(FREE), TERMS, number=number)
    with pytest.raises(ConflictError, match="is superseded by"):
        send(seller(store), f"{number}.1", offer)
    with pytest.raises(ConflictError, match="this is done to one version"):
        send(seller(store), number, customer_offer(solved(FREE), UNTIL))


def test_what_is_rejected_is_no_offer(store: Store) -> None:
    number = save(seller(store), solved(NO), TERMS).number
    with pytest.raises(ConflictError, match="nothing to send: the decision is rejected"):
        customer_offer(solved(NO), UNTIL)
    with pytest.raises(ConflictError, match=r"the decision about .* is rejected"):
        send(seller(store), f"{number}.1", customer_offer(solved(FREE), UNTIL))


# --- how links end --------------------------------------------------------------------------


def test_a_link_that_was_withdrawn_leads_nowhere(store: Store) -> None:
    number = sent(store, solved(FREE))
    first, second = (make_link(seller(store), number, UNTIL) for _ in range(2))
    withdraw_link(seller(store), number, first.id)
    with pytest.raises(NotAllowedError, match="this token is not known, or no longer"):
        shown(store, first.token, NOW)
    assert shown(store, second.token, NOW).state == "open"
    with pytest.raises(ConflictError, match="is withdrawn already"):
        withdraw_link(seller(store), number, first.id)
    with pytest.raises(NotFoundError, match="has no link"):
        withdraw_link(seller(store), number, "0" * 12)


def test_a_link_ends_with_its_day(store: Store) -> None:
    token = linked(store, sent(store, solved(FREE)), date(2026, 12, 2))
    assert shown(store, token, later(days=2)).state == "open"
    with pytest.raises(NotAllowedError, match="this token is not known, or no longer"):
        shown(store, token, later(days=3))
    assert [link.leads(later(days=3)) for link in quote(store, "2026-1").links] == [False]


def test_there_is_no_link_to_nothing(store: Store) -> None:
    number = save(seller(store), solved(FREE), TERMS).number
    with pytest.raises(ConflictError, match=r"nothing of .* is sent yet"):
        linked(store, number)
    with pytest.raises(ConflictError, match="has passed"):
        make_link(seller(store), number, date(2026, 11, 1))


def test_another_token_is_no_link_and_a_link_no_other_token(store: Store) -> None:
    number = sent(store, solved(FREE))
    other = make(admin(store), "seller", "mara").token
    with pytest.raises(NotAllowedError, match="this token is not known, or no longer"):
        shown(store, other, NOW)
    customer = actor_of(store, linked(store, number), NOW)
    assert (customer.scope, customer.quote) == ("customer", number)
    with pytest.raises(NotAllowedError, match="a customer may not"):
        save(Desk(store, customer, NOW), solved(FREE), TERMS)


@pytest.mark.parametrize("scope", ["approver", "customer"])
def test_only_sellers_send(store: Store, scope: str) -> None:
    number, offer = sent(store, solved(FREE)), customer_offer(solved(FREE), UNTIL)
    actor = Actor("x", "approver" if scope == "approver" else "customer")
    desk = Desk(store, actor, NOW)
    refused = pytest.raises(NotAllowedError, match="may not send offers")
    with refused:
        send(desk, f"{number}.1", offer)
    with refused:
        make_link(desk, number, UNTIL)
    with refused:
        withdraw_link(desk, number, "x")
    with refused:
        withdraw(desk, number)


# --- what the customer answers --------------------------------------------------------------


def test_an_offer_is_accepted_once_in_a_name(store: Store) -> None:
    number = sent(store, solved(FREE))
    token = linked(store, number)
    seen = shown(store, token, NOW).seen
    for name in (" ", "x" * (MAXIMUM_TEXT + 1), "Ann \udcff"):
        with pytest.raises(ConflictError, match=r"in somebody's name|up to 2000|is not UTF-8"):
            agree(store, token, seen, NOW, name=name)
    agree(store, token, seen, NOW, name=" Ann Lee ")
    again = shown(store, token, NOW)
    assert (again.state, again.name) == ("agreed", "Ann Lee")
    assert quote(store, number).status(later(days=99)) == "agreed"
    with pytest.raises(ConflictError, match="no longer open"):
        agree(store, token, seen, NOW, name="Bob")
    refused = pytest.raises(ConflictError, match="is agreed")
    with refused:
        save(seller(store), solved(ONE), TERMS, number=number)
    with refused:
        withdraw(seller(store), number)
    with refused:
        linked(store, number)


def test_what_is_over_is_shown_and_not_accepted(store: Store) -> None:
    number = sent(store, solved(ONE))
    token = linked(store, number, date(2027, 6, 1))
    seen = shown(store, token, NOW).seen
    assert shown(store, token, later(days=31)).state == "over"
    over = pytest.raises(ConflictError, match="no longer open")
    with over:
        agree(store, token, seen, later(days=31), name="Ann")
    with over:
        wished(store, token, LONGER, later(days=31))
    withdraw_signature(signer(store, "deal-desk"), number)
    assert shown(store, token, NOW).state == "over"
    with over:
        agree(store, token, seen, NOW, name="Ann")


def test_a_withdrawn_quote_is_over(store: Store) -> None:
    number = sent(store, solved(FREE))
    token = linked(store, number)
    seen = shown(store, token, NOW).seen
    withdraw(seller(store), number)
    assert shown(store, token, NOW).state == "over"
    with pytest.raises(ConflictError, match="no longer open"):
        agree(store, token, seen, NOW, name="Ann")


def test_other_terms_come_back_to_the_desk(store: Store) -> None:
    number = sent(store, solved(ONE))
    token = linked(store, number)
    before = shown(store, token, NOW)
    own = answered(wished(store, token, LONGER, NOW))
    assert own.request.inputs == {**solved(ONE).request.inputs, "contract_duration_months": 36}
    save_wish(store, token, own, NOW, message="three years?")
    of = quote(store, number)
    saved = of.latest.saved
    assert (saved.version, saved.by_customer, saved.owner) == (2, True, "mara")
    assert (saved.note, of.latest.who) == ("three years?", "the customer")
    assert "term 36 months instead of 24 months" in saved.changes
    assert of.status(NOW) == "open"
    # What was offered can still be had, until the desk has sent something else.
    assert shown(store, token, NOW) == before
    agree(store, token, before.seen, NOW, name="Ann")
    assert quote(store, number).agreed == of.agreed or quote(store, number).status(NOW) == "agreed"


def faults(store: Store, wishes: str) -> list[str]:
    number = sent(store, solved(ONE))
    with pytest.raises(InputError) as refused:
        wished(store, linked(store, number), wishes, NOW)
    return [f"{issue.column} {issue.message}" for issue in refused.value.issues]


def test_every_fault_of_a_wish_is_told_with_its_place(store: Store) -> None:
    assert faults(store, '{"contract_duration_months": 37, "usage_unit_price": 1}') == [
        "2 `contract_duration_months` cannot be 37",
        "34 `usage_unit_price` cannot be 1",
    ]
    assert faults(store, '{"prepaid_amount": -5, "term": 1, "seat_fee": 3}') == [
        "20 `prepaid_amount` must not be negative, and is -5",
        "24 `term` is not a field that can be tuned",
    ]
    assert faults(store, '{"seat_fee": 3}') == ["2 `seat_fee` cannot be 3"]
    assert faults(store, "[]") == ["1 must be keys and values"]
    assert faults(store, '{"prepaid_amount": 100,}') == ["23 a comma before `}`"]
    assert faults(store, "") != []


def test_a_wish_says_what_can_be_had(store: Store) -> None:
    number = sent(store, solved(ONE))
    with pytest.raises(InputError) as refused:
        wished(store, linked(store, number), '{"contract_duration_months": 37}', NOW)
    (issue,) = refused.value.issues
    assert issue.hint.endswith("12 months, 24 months or 36 months")


def test_a_wish_for_a_price_is_exact(store: Store) -> None:
    token = linked(store, sent(store, solved(ONE)))
    _, request = wished(store, token, '{"usage_unit_price": 0.0000051}', NOW)
    assert request.inputs["usage_unit_price"] == Fraction(51, 10**7)


def test_a_message_has_an_end(store: Store) -> None:
    token = linked(store, sent(store, solved(ONE)))
    own = answered(wished(store, token, LONGER, NOW))
    with pytest.raises(ConflictError, match="2000 characters"):
        save_wish(store, token, own, NOW, message="x" * (MAXIMUM_TEXT + 1))


def test_what_is_not_answered_is_not_asked_without_end(store: Store) -> None:
    number = sent(store, solved(ONE))
    token = linked(store, number)
    own = answered(wished(store, token, LONGER, NOW))
    for _ in range(MAXIMUM_WISHES):
        save_wish(store, token, own, NOW)
    refused = pytest.raises(ConflictError, match="asked for other terms 20 times")
    with refused:
        wished(store, token, LONGER, NOW)
    with refused:
        save_wish(store, token, own, NOW)
    sent(store, solved(ONE), number)
    save_wish(store, token, own, NOW)
