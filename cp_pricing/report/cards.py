"""What a report shows of a rate card alone: its rates, a month from list to net, bills by use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.model.bills import bill_curve
from cp_pricing.model.month import expected_month
from cp_pricing.profiles.profile import expected_units
from cp_pricing.report.charts.bills import (
    BillChart,
    Curves,
    bill_charts,
    bills_table,
    meter_charts,
)
from cp_pricing.report.charts.price import NARROW, WIDE
from cp_pricing.report.charts.waterfall import Waterfall, waterfall, waterfall_table
from cp_pricing.terms import AnyTerms, CardTerms
from cp_pricing.words.rates import rates_table, tiers_note
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration, PlanDenomination
    from cp_pricing.profiles.profile import Profile
    from cp_pricing.words.sheet import Table


class CardSale(NamedTuple):
    """A rate card as it is sold: the plan, whom to, the terms at list, and those of an offer."""

    plan: Configuration
    profile: Profile
    denomination: PlanDenomination
    listed: AnyTerms
    offered: AnyTerms | None


class CardPart(NamedTuple):
    """The part of a report that only a rate card has; a chart is there in a wide and narrow form.

    `offer` is what its legends call the offer, and is empty where there is none.
    """

    offer: str
    rates: Table
    rates_note: str
    waterfalls: tuple[Waterfall, ...]
    net: Table
    bills: tuple[BillChart, ...]
    bills_by_use: Table
    meters: tuple[BillChart, ...]


def rates_only(sale: CardSale, offer: str) -> tuple[Table, str] | None:
    """What each meter costs, and what there is to note of it; `None` of another plan."""
    if not isinstance(sale.listed, CardTerms):
        return None
    offered = sale.offered.rates if isinstance(sale.offered, CardTerms) else {}
    rates = sale.listed.list_rates
    return rates_table(rates, offered, sale.denomination, capital(offer)), tiers_note(rates)


def card_part(sale: CardSale, name: str, offer: str) -> CardPart | None:
    """What there is to show of a rate card, under a name; `None` of another plan."""
    rates, listed = rates_only(sale, offer), sale.listed
    if rates is None or not isinstance(listed, CardTerms):
        return None
    offered = sale.offered if isinstance(sale.offered, CardTerms) else None
    plan, profile, catalog = sale.plan, sale.profile, sale.denomination
    months = [expected_month(plan, terms, profile) for terms in (listed, offered) if terms]
    curves = Curves(
        bill_curve(plan, listed, profile),
        bill_curve(plan, offered, profile) if offered else None,
        offer,
        {meter: expected_units(profile, meter) for meter in plan.meters},
    )
    return CardPart(
        offer=offer if offered else "",
        rates=rates[0],
        rates_note=rates[1],
        waterfalls=tuple(
            waterfall(months[-1], catalog.currency, name, size) for size in (WIDE, NARROW)
        ),
        net=waterfall_table(months, catalog.currency, capital(offer)),
        bills=bill_charts(curves, catalog, name),
        bills_by_use=bills_table(curves, catalog),
        meters=meter_charts(curves, catalog, name),
    )
