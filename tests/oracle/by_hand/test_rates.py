"""Bills of rate cards worked by hand, with the numbers of what billing systems publish.

Lago's guide to charge models (getlago.com/docs/guide/plans/charges/charge-models): standard,
graduated, volume, package. OpenMeter's pricing models (openmeter.io/docs/billing/product-catalog/
pricing-models, and as Kong's metering and billing): graduated, volume, package, overage.
"""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - many literals

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.valuing.rates import Rate, Tiers


def tiers(*pairs: tuple[int | None, str]) -> Tiers:
    """Tiers from limits and prices as text."""
    return tuple((None if limit is None else F(limit), F(price)) for limit, price in pairs)


LAGO_GRADUATED = Rate("graduated", tiers=tiers((100, "1"), (200, "0.5"), (None, "0.1")))
LAGO_VOLUME = Rate(
    "volume",
    tiers=tiers((10_000, "0.001"), (50_000, "0.0008"), (100_000, "0.0006"), (None, "0.0004")),
)
LAGO_PACKAGE = Rate("package", F(5), units=F(100), included=F(100))
OPENMETER = tiers((1000, "0.3"), (5000, "0.2"), (None, "0.1"))
OPENMETER_PACKAGE = Rate("package", F(10), units=F(20))


@pytest.mark.parametrize(
    ("rate", "used", "charged"),
    [
        (Rate("price", F("0.05")), "1000", "50"),  # Lago, standard
        (Rate("price", F("0.01")), "10000", "100"),  # OpenMeter, per unit
        # Lago, graduated: 1 USD for each of the first 100, 0.50 for the next 100, 0.10 beyond
        (LAGO_GRADUATED, "0", "0"),
        (LAGO_GRADUATED, "100", "100"),
        (LAGO_GRADUATED, "101", "100.5"),
        (LAGO_GRADUATED, "200", "150"),
        (LAGO_GRADUATED, "250", "155"),
        (Rate("graduated", tiers=OPENMETER), "6000", "1200"),  # 300 + 800 + 100
        (Rate("volume", tiers=OPENMETER), "6000", "600"),
        # Lago, volume: 65,000 calls at 0.0006 are 39, to which its example adds a fee of 10
        (LAGO_VOLUME, "65000", "39"),
        (LAGO_VOLUME, "0", "0"),
        (LAGO_VOLUME, "10000", "10"),
        (LAGO_VOLUME, "10001", "8.0008"),  # more use, and less to pay
        (LAGO_VOLUME, "50000", "40"),
        (LAGO_VOLUME, "50001", "30.0006"),
        # Lago, package: the first 100 are free, and 201 cost two packages of 5
        (LAGO_PACKAGE, "100", "0"),
        (LAGO_PACKAGE, "101", "5"),
        (LAGO_PACKAGE, "200", "5"),
        (LAGO_PACKAGE, "201", "10"),
        # OpenMeter, package
        (OPENMETER_PACKAGE, "0", "0"),
        (OPENMETER_PACKAGE, "20", "10"),
        (OPENMETER_PACKAGE, "20.1", "20"),
        (OPENMETER_PACKAGE, "98", "50"),
        (Rate("price", F("0.1"), included=F(900)), "1000", "10"),  # OpenMeter, overage
    ],
)
def test_charges_are_those_of_published_examples(rate: Rate, used: str, charged: str) -> None:
    beyond = max(F(0), F(used) - rate.allowance(F(1)))
    assert rate.charge(beyond) == F(charged)


def test_parts_of_a_unit_start_a_package_and_pay_their_part_of_a_tier() -> None:
    assert LAGO_PACKAGE.charge(F("0.5")) == 5
    assert LAGO_PACKAGE.charge(F("100.25")) == 10
    assert Rate("package", F(3), units=F("2.5")).charge(F(5)) == 6
    assert LAGO_GRADUATED.charge(F("100.5")) == F("100.25")
    assert LAGO_VOLUME.charge(F("10000.5")) == F("8.0004")


def test_the_least_price_of_a_unit() -> None:
    assert LAGO_GRADUATED.least == F("0.1")
    assert LAGO_PACKAGE.least == F("0.05")
    assert Rate("price", F(3)).least == 3
    assert Rate("volume", tiers=tiers((5, "1"), (9, "0.2"), (None, "4"))).least == F("0.2")


# --- the same again, by counting units one by one -------------------------------------------------

PRICES = st.integers(0, 50).map(lambda cents: F(cents, 10))


@st.composite
def drawn_tiers(draw: st.DrawFn) -> Tiers:
    limits = sorted(draw(st.sets(st.integers(1, 30), max_size=3)))
    return (*((F(limit), draw(PRICES)) for limit in limits), (None, draw(PRICES)))


def of_unit(every: Tiers, place: int) -> F:
    """The price of the tier in which a unit is, the first unit having the place 1."""
    found = [price for limit, price in every if limit is not None and place <= limit]
    return found[0] if found else every[-1][1]


@given(every=drawn_tiers(), used=st.integers(0, 40))
def test_tiers_are_charged_as_unit_after_unit(every: Tiers, used: int) -> None:
    graduated = [of_unit(every, place) for place in range(1, used + 1)]
    assert Rate("graduated", tiers=every).charge(F(used)) == sum(graduated)
    at_the_last = graduated[-1] if graduated else F(0)
    assert Rate("volume", tiers=every).charge(F(used)) == at_the_last * used


@given(units=st.integers(1, 12), price=PRICES, used=st.integers(0, 40))
def test_packages_are_opened_one_after_the_other(units: int, price: F, used: int) -> None:
    left, opened = 0, 0
    for _ in range(used):
        if not left:
            left, opened = units, opened + 1
        left -= 1
    assert Rate("package", price, units=F(units)).charge(F(used)) == opened * price
