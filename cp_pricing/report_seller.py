"""The seller's report as texts and charts: everything that is known of each request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing import formatting as f
from cp_pricing.fields import FIELDS, PRICE, FieldName
from cp_pricing.lever_charts import LeverChart
from cp_pricing.price_chart import NARROW, WIDE, PriceChart, price_chart
from cp_pricing.report_data import Figures, ReportEntry, shown_terms
from cp_pricing.report_levers import Levers, levers_of
from cp_pricing.report_limits import chart_data, limits_table
from cp_pricing.report_parts import TONES, Cell, Fact, Table, Tone, heads
from cp_pricing.report_reasons import (
    Member,
    corrections,
    counteroffers,
    member,
    policy_edits,
    trade_offs,
)
from cp_pricing.report_rules import rules_table
