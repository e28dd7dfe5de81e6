from __future__ import annotations

import hmac
from datetime import date
from hashlib import sha256
from types import SimpleNamespace

import pytest

from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import (
    MAY,
    SCOPES,
    Actor,
    ConflictError,
    NotAllowedError,
    NotFoundError,
)
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.store import Store
from tests.support.quotes import ADMIN, NOW, admin, later


def test_a_token_says_who_acts_and_as_what(store: Store) -> None:
    seller = tokens.make(admin(store), "seller", "mara")
    approver = tokens.make(admin(store), "approver", "dana", approver="deal-desk")
    assert tokens.actor_of(store, seller.token, NOW) == Actor("mara", "seller", token=seller.id)
    assert tokens.actor_of(store, approver.token, NOW) == Actor(
        "dana", "approver", approver="deal-desk", token=approver.id
    )


def test_only_a_hash_is_kept(store: Store) -> None:
    made = tokens.make(admin(store), "seller", "mara")
    secret = made.token.rpartition(made.id)[2][1:]
    with store.reading() as record:
        kept = "".join(row.text for row in record.rows())
    assert secret not in kept
    assert sha256(secret.encode()).hexdigest() in kept


def test_who_signs_in_elsewhere_is_let_in_by_name(store: Store) -> None:
    desk = admin(store)
    id_ = tokens.let_in(desk, "approver", "dana@example.com", approver="deal-desk")
    dana = Actor("dana@example.com", "approver", approver="deal-desk", token=id_)
    assert tokens.signed_in(store, "dana@example.com", NOW) == dana
    # No name that a token was made for, and none that is only like it.
    tokens.make(desk, "admin", "ada")
    for name in ("ada", "", "Dana@example.com", "dana@example.com ", id_):
        with pytest.raises(NotAllowedError, match="is not known here, or no longer"):
            tokens.signed_in(store, name, NOW)
    with pytest.raises(ConflictError, match="is let in already"):
        tokens.let_in(desk, "admin", "dana@example.com")
    for secret in ("", "x" * 43):
        assert wrong(store, f"cpq_{id_}_{secret}")
        assert wrong(store, f"cpq_{id_.removeprefix('sso-')[:12]}_{secret}")


def test_who_is_revoked_can_be_let_in_otherwise(store: Store) -> None:
    desk = admin(store)
    id_ = tokens.let_in(desk, "seller", "dana@example.com", until=date(2026, 12, 2))
    with pytest.raises(NotAllowedError, match="or no longer"):
        tokens.signed_in(store, "dana@example.com", later(days=3))
    tokens.revoke(desk, id_)
    with pytest.raises(NotAllowedError, match="or no longer"):
        tokens.signed_in(store, "dana@example.com", NOW)
    with pytest.raises(ConflictError, match="revoked already"):
        tokens.revoke(desk, id_)
    assert tokens.let_in(desk, "admin", "dana@example.com") == id_
    assert tokens.signed_in(store, "dana@example.com", NOW).scope == "admin"
    (token,) = tokens.tokens(store, ADMIN)
    assert (token.scope, token.revoked) == ("admin", False)


def test_only_who_may_make_tokens_lets_in(store: Store) -> None:
    for actor in (Actor("mara", "seller"), Actor("dana", "approver", approver="deal-desk")):
        with pytest.raises(NotAllowedError, match="may not make or revoke tokens"):
            tokens.let_in(Desk(store, actor, NOW), "admin", "mara@example.com")
    with pytest.raises(ConflictError, match="for somebody who has a name"):
        tokens.let_in(admin(store), "seller", " ")
    with pytest.raises(ConflictError, match="the holder is not UTF-8"):
        tokens.let_in(admin(store), "seller", "\udcff")


def test_a_secret_has_256_bits_and_is_another_each_time() -> None:
    made = [tokens.drawn() for _ in range(100)]
    assert len({each.token for each in made}) == len({each.id for each in made}) == 100
    assert all(len(each.token) == 4 + 12 + 1 + 43 for each in made)


def wrong(store: Store, token: str, **time: int) -> str:
    with pytest.raises(NotAllowedError) as refused:
        tokens.actor_of(store, token, later(**time))
    return refused.value.message


def test_what_is_no_token_is_told_in_the_same_words(store: Store) -> None:
    made = tokens.make(admin(store), "seller", "mara", until=date(2026, 12, 2))
    other = tokens.make(admin(store), "seller", "nils")
    last = "A" if made.token[-1] != "A" else "B"
    said = {
        wrong(store, ""),
        wrong(store, "cpq_"),
        wrong(store, made.token[:-1]),
        wrong(store, made.token[:-1] + last),
        wrong(store, f"{made.token}\n"),
        wrong(store, other.token.replace(other.id, made.id)),
        wrong(store, made.token.replace(made.id, "0" * 12)),
        wrong(store, made.token, days=3),
    }
    tokens.revoke(admin(store), made.id)
    assert said | {wrong(store, made.token)} == {"this token is not known, or no longer"}
    tokens.actor_of(store, other.token, NOW)


def test_hashes_are_compared_in_constant_time_also_where_there_is_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tokens.make(admin(store), "seller", "mara")
    compared: list[tuple[int, int]] = []

    def counted(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    own = SimpleNamespace(compare_digest=counted)
    monkeypatch.setattr(tokens, "hmac", own)
    tokens.actor_of(store, made.token, NOW)
    wrong(store, "nothing like it")
    wrong(store, made.token.replace(made.id, "0" * 12))
    assert compared == [(64, 64)] * 3


def test_a_token_can_be_used_through_its_last_day(store: Store) -> None:
    made = tokens.make(admin(store), "seller", "mara", until=date(2026, 12, 2))
    tokens.actor_of(store, made.token, later(days=2, hours=14))
    wrong(store, made.token, days=2, hours=15)


def test_a_revoked_token_stays_so(store: Store) -> None:
    made = tokens.make(admin(store), "seller", "mara")
    tokens.revoke(admin(store), made.id)
    with pytest.raises(ConflictError, match="is revoked already"):
        tokens.revoke(admin(store), made.id)
    with pytest.raises(NotFoundError, match="there is no token"):
        tokens.revoke(admin(store), "0" * 12)
    (listed,) = tokens.tokens(store, ADMIN)
    assert (listed.id, listed.holder, listed.revoked) == (made.id, "mara", True)


def test_every_fault_of_a_token_comes_at_once(store: Store) -> None:
    with pytest.raises(ConflictError) as refused:
        tokens.make(admin(store), "customer", " ", approver="cfo")
    assert len(refused.value.reasons) == 3
    with pytest.raises(ConflictError, match="says whose signature"):
        tokens.make(admin(store), "approver", "dana")
    with pytest.raises(ConflictError, match="has passed"):
        tokens.make(admin(store), "seller", "mara", until=date(2026, 11, 29))
    assert not tokens.tokens(store, ADMIN)


@pytest.mark.parametrize("scope", SCOPES)
def test_only_an_administrator_makes_tokens(store: Store, scope: str) -> None:
    (own,) = (each for each in SCOPES if each == scope)
    desk = Desk(store, Actor("x", own, approver="cfo"), NOW)
    if own == "admin":
        tokens.revoke(desk, tokens.make(desk, "seller", "mara").id)
        return
    refused = pytest.raises(NotAllowedError, match="may not make or revoke tokens")
    with refused:
        tokens.make(desk, "seller", "mara")
    with refused:
        tokens.revoke(desk, "0" * 12)
    with refused:
        tokens.tokens(store, desk.actor)


def test_what_each_scope_may() -> None:
    assert MAY["customer"] == frozenset()
    assert MAY["seller"] == {"read", "save", "ask", "send"}
    assert MAY["approver"] == {"read", "sign"}
    assert MAY["admin"] == {"read", "save", "ask", "send", "tokens", "log"}
