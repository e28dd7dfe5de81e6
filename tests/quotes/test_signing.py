from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from cp_pricing.quotes.log.events import Broken, Waived
from cp_pricing.quotes.signing import sides_worse, theirs, worse
from cp_pricing.results import Breach
from tests.signed_again.policies import APPROVERS
from tests.signed_again.trial import trial
from tests.support.quotes import signer, store_in


def breach(left: object, operator: str | None, right: object, subject: str = "a") -> Breach:
    own = [None if side is None else Fraction(str(side)) for side in (left, right)]
    return Breach(subject, operator, own[0], own[1])


def waived(*breaches: Breach, rule: str = "r", approvers: tuple[str, ...] = ("cfo",)) -> Waived:
    broken = tuple(Broken(breach=each, figures=f"{each.left} {each.right}") for each in breaches)
    return Waived(rule=rule, purpose="", approvers=approvers, broken=broken)


@pytest.mark.parametrize(
    ("signed", "operator", "now", "expected"),
    [
        ((30, 25), "<=", (30, 25), []),
        ((30, 25), "<=", (28, 25), []),
        ((30, 25), "<=", (31, 25), ["left"]),
        ((30, 25), "<=", (30, 24), ["right"]),
        ((30, 25), "<=", (28, 24), ["right"]),  # though it misses by less
        ((30, 25), "<=", (40, 35), ["left"]),
        ((30, 25), "<=", (31, 24), ["left", "right"]),
        ((30, 25), "<", (25, 25), []),
        ((20, 25), ">=", (21, 25), []),
        ((20, 25), ">=", (19, 25), ["left"]),
        ((20, 25), ">", (20, 26), ["right"]),
        ((20, 25), "==", (21, 25), []),
        ((20, 25), "==", (19, 25), ["left"]),
        ((20, 25), "==", (28, 25), []),  # nearer, if from the other side
        ((10, 5), "==", (1, 10), ["left", "right"]),  # each alone is nearer, both are further
        ((12, 12), "!=", (24, 24), []),  # as broken as before
        (("1/3", "1/7"), "<=", ("333333333333/1000000000000", "1/7"), []),
        (("333333333333/1000000000000", "1/7"), "<=", ("1/3", "1/7"), ["left"]),
    ],
)
def test_the_sides_that_are_worse(
    signed: tuple[object, object],
    operator: str,
    now: tuple[object, object],
    expected: list[str],
) -> None:
    before, after = (breach(sides[0], operator, sides[1]) for sides in (signed, now))
    assert list(sides_worse(before, after)) == expected


def test_a_ratio_over_zero_is_signed_for_as_it_is() -> None:
    over_zero = breach(None, ">=", "1/2")
    assert not list(sides_worse(over_zero, over_zero))
    assert list(sides_worse(over_zero, breach("1/3", ">=", "1/2"))) == ["left"]
    assert list(sides_worse(breach("1/3", ">=", "1/2"), over_zero)) == ["left"]


def test_a_condition_without_numbers_is_as_broken_as_it_was() -> None:
    condition = breach(None, None, None)
    assert not worse([waived(condition)], [waived(condition)])
    assert worse([waived(condition)], [waived(breach(None, None, None, "b"))])


def test_what_is_no_longer_broken_needs_no_signature() -> None:
    assert not worse([waived(breach(30, "<=", 25))], [])


def test_what_was_not_signed_for_does() -> None:
    (again,) = worse([waived(breach(30, "<=", 25))], [waived(breach(1, ">=", 2), rule="other")])
    assert (again.rule, again.side) == ("other", None)
    assert str(again) == "`other` was not signed for: 1 2"


def test_it_says_which_side_then_and_now() -> None:
    (again,) = worse([waived(breach(30, "<=", 25))], [waived(breach(31, "<=", 26))])
    assert (again.rule, again.side) == ("r", "left")
    assert str(again) == "`r`, left side: signed for at 30 25; now 31 26"


def test_each_comparison_of_a_rule_is_signed_for() -> None:
    signed = [waived(breach(30, "<=", 25), breach(5, ">=", 6, "b"))]
    assert not worse(signed, [waived(breach(5, ">=", 6, "b"))])
    (again,) = worse(signed, [waived(breach(30, "<=", 25), breach(4, ">=", 6, "b"))])
    assert again.now == "4 6"
    (new,) = worse(signed, [waived(breach(30, "<=", 25), breach(9, "<=", 6, "c"))])
    assert new.side is None


def test_of_two_alike_one_that_was_as_bad_is_enough() -> None:
    signed = [waived(breach(30, "<=", 25), breach(30, "<=", 28))]
    assert not worse(signed, [waived(breach(29, "<=", 28))])


def test_an_approver_signs_for_the_rules_that_name_it() -> None:
    rules = [
        waived(rule="a"),
        waived(rule="b", approvers=("cfo", "ceo")),
        waived(rule="c", approvers=("ceo",)),
    ]
    assert [rule.rule for rule in theirs(rules, "cfo")] == ["a", "b"]


def test_a_signature_is_asked_for_again_just_where_it_is_needed(tmp_path: Path) -> None:
    draw, store = random.Random(7), store_in(tmp_path)  # noqa: S311 - no secrets
    signers = {who: signer(store, who) for who in (*APPROVERS, "ceo")}
    outcomes = [outcome for _ in range(60) if (outcome := trial(store, signers, draw))]
    assert not [outcome.fault for outcome in outcomes if outcome.fault]
    assert min(sum(getattr(one, name) for one in outcomes) for name in ("kept", "again")) > 10
