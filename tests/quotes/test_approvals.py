from __future__ import annotations

from datetime import date

import pytest

from cp_pricing.quotes.approvals import (
    ask,
    preview,
    refuse,
    sign,
    withdraw_asking,
    withdraw_signature,
)
from cp_pricing.quotes.history import Quote
from cp_pricing.quotes.log.acting import (
    MAXIMUM_TEXT,
    Actor,
    ConflictError,
    NotAllowedError,
    NotFoundError,
)
from cp_pricing.quotes.record import Desk, Terms, quote, save, withdraw
from cp_pricing.quotes.store.store import Store
from tests.support.quotes import (
    FREE,
    NO,
    NOW,
    ONE,
    TERMS,
    TWO,
    admin,
    later,
    seller,
    signer,
    solved,
)

DESK, VP = "deal-desk", "vp-sales"


def states(of: Quote, **time: int) -> dict[str, str]:
    moment = later(**time)
    return {need.approver: need.state for need in of.needs(of.latest, moment)}


def asked(store: Store, request: str = TWO) -> str:
    return ask(seller(store), save(seller(store), solved(request), TERMS).number).number


def reasons(refused: pytest.ExceptionInfo[ConflictError]) -> tuple[str, ...]:
    return refused.value.reasons


def test_who_would_have_to_sign_is_known_before_anything_is_saved() -> None:
    assert preview(solved(FREE), None, NOW) == ()
    needs = preview(solved(TWO), None, NOW)
    assert [(need.approver, need.state) for need in needs] == [(DESK, "missing"), (VP, "missing")]
    assert needs[1].rules == ("deep-discount",)


def test_several_signatures_are_collected(store: Store) -> None:
    number = asked(store)
    assert states(quote(store, number)) == {DESK: "asked", VP: "asked"}
    assert quote(store, number).status(NOW) == "waiting"
    sign(signer(store, VP), f"{number}.1", comment="for the reference")
    assert states(quote(store, number)) == {DESK: "asked", VP: "kept"}
    done = sign(signer(store, DESK), f"{number}.1")
    assert done.status(NOW) == "ready"


def test_a_refusal_says_why_and_can_be_thought_better_of(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK)
    with pytest.raises(ConflictError, match="a refusal says why"):
        refuse(dana, f"{number}.1", comment=" ")
    done = refuse(dana, f"{number}.1", comment="not below 5.50")
    assert (states(done), done.status(NOW)) == ({DESK: "refused"}, "refused")
    assert states(ask(seller(store), number)) == {DESK: "asked"}
    assert states(refuse(dana, f"{number}.1", comment="still no")) == {DESK: "refused"}
    done = sign(dana, f"{number}.1", comment="after all")
    assert (states(done), done.status(NOW)) == ({DESK: "kept"}, "ready")


def test_a_refusal_after_a_signature_counts(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK)
    sign(dana, f"{number}.1")
    withdraw_signature(dana, number)
    ask(seller(store), number)
    assert states(refuse(dana, f"{number}.1", comment="no")) == {DESK: "refused"}


def test_what_is_said_is_text_of_some_length(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK)
    with pytest.raises(ConflictError) as refused:
        sign(dana, f"{number}.1", comment="\udcff" + "x" * MAXIMUM_TEXT)
    assert reasons(refused) == (
        "a comment has up to 2000 characters",
        "the comment is not UTF-8",
    )
    with pytest.raises(ConflictError, match="the name is not UTF-8"):
        Desk(store, Actor("\udcff", "admin"), NOW)
    with pytest.raises(ConflictError, match="the note is not UTF-8"):
        save(seller(store), solved(ONE), Terms(TERMS.valid_until, note="\udcff"))


def test_only_who_is_asked_signs(store: Store) -> None:
    number = save(seller(store), solved(ONE), TERMS).number
    with pytest.raises(ConflictError) as refused:
        sign(signer(store, DESK), f"{number}.1")
    assert reasons(refused) == (f"deal-desk has not been asked to sign {number}.1",)
    ask(seller(store), number)
    with pytest.raises(ConflictError) as refused:
        sign(signer(store, VP), f"{number}.1")
    assert reasons(refused) == (f"vp-sales does not have to sign {number}.1",)
    for actor in (Actor("mara", "seller"), Actor("ada", "admin"), Actor("x", "customer")):
        with pytest.raises(NotAllowedError, match="may not sign"):
            sign(Desk(store, actor, NOW), f"{number}.1")
    with pytest.raises(NotAllowedError, match="signs for no approver"):
        sign(Desk(store, Actor("x", "approver"), NOW), f"{number}.1")


def test_what_is_signed_is_one_version(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK)
    with pytest.raises(ConflictError, match="this is done to one version") as refused:
        sign(dana, number)
    assert refused.value.hint == f"name it, as in `{number}.1`"
    with pytest.raises(NotFoundError, match="has no version 2"):
        sign(dana, f"{number}.2")


def test_every_reason_comes_at_once(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK, later(days=40))
    save(seller(store), solved(FREE), TERMS, number=number)
    with pytest.raises(ConflictError) as refused:
        sign(dana, f"{number}.1")
    assert reasons(refused) == (
        f"{number}.1 is superseded by {number}.2",
        f"{number}.1 was valid until 2026-12-30",
        "what deal-desk was asked for is over",
    )


@pytest.mark.parametrize(("request_", "why"), [(FREE, "needs no signature"), (NO, "rejected")])
def test_what_needs_no_signature_is_not_asked_for(store: Store, request_: str, why: str) -> None:
    number = save(seller(store), solved(request_), TERMS).number
    with pytest.raises(ConflictError, match=why):
        ask(seller(store), number)


def test_nobody_is_asked_twice(store: Store) -> None:
    number = asked(store)
    with pytest.raises(ConflictError, match="nobody is left to be asked"):
        ask(seller(store), number)
    sign(signer(store, DESK), f"{number}.1")
    with pytest.raises(ConflictError, match="deal-desk has signed already"):
        sign(signer(store, DESK), f"{number}.1")


def test_an_asking_ends_with_its_day(store: Store) -> None:
    number = save(seller(store), solved(ONE), TERMS).number
    until = date(2026, 12, 2)
    assert states(ask(seller(store), number, until=until), days=2) == {DESK: "asked"}
    assert states(quote(store, number), days=3) == {DESK: "expired"}
    with pytest.raises(ConflictError, match="what deal-desk was asked for is over"):
        sign(signer(store, DESK, later(days=3)), f"{number}.1")
    again = ask(seller(store, later(days=3)), number)
    assert states(again, days=3) == {DESK: "asked"}
    with pytest.raises(ConflictError, match="2026-12-02 has passed"):
        ask(seller(store, later(days=3)), number, until=until)


def test_an_asking_is_no_longer_than_the_quote(store: Store) -> None:
    number = save(seller(store), solved(ONE), Terms(date(2026, 12, 1))).number
    entry = ask(seller(store), number, until=date(2027, 1, 1)).entries[-1]
    assert entry.event.model_dump()["until"] == date(2026, 12, 1)


def test_an_asking_can_be_withdrawn(store: Store) -> None:
    number = asked(store)
    assert states(withdraw_asking(seller(store), number)) == {DESK: "missing", VP: "missing"}
    with pytest.raises(ConflictError, match="nobody is asked to sign"):
        withdraw_asking(seller(store), number)
    assert states(ask(seller(store), number)) == {DESK: "asked", VP: "asked"}


def test_a_signature_ends_with_its_day(store: Store) -> None:
    number = asked(store, ONE)
    signed = sign(signer(store, DESK), f"{number}.1", until=date(2026, 12, 2))
    assert (states(signed, days=2), states(signed, days=3)) == ({DESK: "kept"}, {DESK: "expired"})
    assert states(ask(seller(store, later(days=3)), number), days=3) == {DESK: "asked"}


def test_a_signature_can_be_withdrawn_by_its_approver(store: Store) -> None:
    number = asked(store)
    desk, vp = signer(store, DESK), signer(store, VP)
    sign(desk, f"{number}.1")
    sign(vp, f"{number}.1")
    done = withdraw_signature(desk, number, comment="figures were old")
    assert (states(done), done.status(NOW)) == ({DESK: "missing", VP: "kept"}, "open")
    with pytest.raises(ConflictError, match="deal-desk has signed nothing"):
        withdraw_signature(desk, number)
    assert states(ask(seller(store), number)) == {DESK: "asked", VP: "kept"}


def test_a_version_that_is_no_worse_is_signed_already(store: Store) -> None:
    number = asked(store, ONE)
    sign(signer(store, DESK), f"{number}.1")
    foreseen = preview(solved(ONE), quote(store, number), NOW)
    assert [(need.state, need.version) for need in foreseen] == [("kept", 1)]
    same = save(seller(store), solved(ONE), TERMS, number=number)
    assert same.status(NOW) == "ready"
    assert [(need.state, need.version) for need in same.needs(same.latest, NOW)] == [("kept", 1)]


def test_a_version_that_is_worse_says_for_what(store: Store) -> None:
    number = asked(store, ONE)
    sign(signer(store, DESK), f"{number}.1")
    worse = save(seller(store), solved(TWO), TERMS, number=number)
    desk, vp = worse.needs(worse.latest, NOW)
    assert (desk.state, vp.state, vp.again) == ("missing", "missing", ())
    assert desk.again[0] == (
        "`planned-margin`, left side: signed for at 59% where at least 60% is required, 1"
        " percentage point short; now 53.8% where at least 60% is required, 6.2 percentage points"
        " short"
    )
    # What was signed before still does once the terms are those again.
    back = save(seller(store), solved(ONE), TERMS, number=number)
    assert [(need.state, need.version) for need in back.needs(back.latest, NOW)] == [("kept", 1)]


def test_nothing_of_a_withdrawn_quote_is_signed(store: Store) -> None:
    number, dana = asked(store, ONE), signer(store, DESK)
    withdraw(admin(store), number)
    refused = pytest.raises(ConflictError, match="is withdrawn")
    with refused:
        sign(dana, f"{number}.1")
    with refused:
        refuse(dana, f"{number}.1", comment="no")
    with refused:
        ask(seller(store), number)
    with refused:
        withdraw(seller(store), number)


def test_approvers_and_customers_do_not_ask(store: Store) -> None:
    number = save(seller(store), solved(ONE), TERMS).number
    for actor in (Actor("dana", "approver", approver=DESK), Actor("x", "customer")):
        with pytest.raises(NotAllowedError, match="may not ask for signatures"):
            ask(Desk(store, actor, NOW), number)
