"""Faulty price books and requests: every fault, all at once, each with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.source import InputError, Issue, normalised, render_issue
from cp_pricing.price_book import FILES, REQUESTS, load, parse_price_book, parse_requests

EXAMPLE = Path(__file__).parent / "data" / "example"
TEXTS = {name: (EXAMPLE / name).read_text("utf-8") for name in (*FILES, REQUESTS)}
C, P, L, R = "catalog.yaml", "profiles.yaml", "policy.yaml", REQUESTS

FEE = (C, "platform_fee: 79")
UNITS = (C, "{per_member: 3_000_000}")
TURNOVER = (C, "{min: 0, max: 1000, step: 10}")
FLAG = (C, "customer_funded_onboarding: {values: [false, true]}")
RETENTION = (P, "{model: constant, monthly_churn: 3.5%}")
FLOOR = (L, "price_floor: 0.000004 USD/token")
MARGIN = (L, "gross_margin >= 30%")
DISCOUNT = (L, "    effect: approval\n    approver: vp-sales\n")
PREPAID = (R, '"prepaid_amount": 1200')
INCLUDED = (R, '"included_tokens": 30000000')

# (file, what stands there), what is put there instead, the fault, a word of the hint
FAULTS = [
    # catalog.yaml
    (FEE, "platfrom_fee: 79", "8:5: unknown key `platfrom_fee`", "`platform_fee`?"),
    (FEE, "platform_fee: 79 USD", "8:19: `platform_fee` must be a number, not `79 USD`", "`79`"),
    (FEE, 'platform_fee: "79"', "8:19: `platform_fee` must be a number, not `\"79\"`", "quotes"),
    (FEE, "platform_fee: 1,000", "8:19: `platform_fee` must be a number, not `1,000`", "`1_000`"),
    (FEE, "platform_fee: 0,5", "8:19: `platform_fee` must be a number, not `0,5`", "`0.5`"),
    (FEE, "platform_fee: 35%", "8:19: `platform_fee` must be a number, not `35%`", "percentage"),
    (FEE, "platform_fee:", "8:18: `platform_fee` must be a number, not empty", ""),
    (FEE, "platform_fee: [1]", "8:19: `platform_fee` must be a number, not a list", ""),
    (FEE, "platform_fee: -79", "8:19: `platform_fee` must not be negative, and is -79", ""),
    (FEE, "platform_fee: 079", "8:19: `079` has a leading zero", "`79`"),
    ((C, "currency: USD"), "currency: usd", "2:11: `currency` must be a currency code, not `usd`", ""),
    ((C, "currency: USD\n"), "", "1:1: missing key `currency`", "add `currency: ...`"),
    ((C, "unit: token"), "unit: month", "3:7: `unit` must not be `month`, which is a unit of its own", ""),
    ((C, "unit: token"), "unit: USD", "3:7: the usage unit must not be the currency", ""),
    ((C, "quote_per: 1_000_000"), "quote_per: 0", "4:12: `quote_per` must be above zero, and is 0", ""),
    ((C, "id: pay-as-you-go"), "id: flat-membership", "12:9: `flat-membership` is there twice", "line 6"),
    ((C, "id: pay-as-you-go"), "id: pay as", "12:9: `id` must be an id, not `pay as`", "letters"),
    ((C, "    name: Pay as you go\n"), "", "12:5: missing key `name`", "`name: ...`"),
    (UNITS, "unlimted", "9:21: `included_units` must be a number or `unlimited`, not `unlimted`", "`unlimited`?"),
    (UNITS, "1_000_000_000_000_000", "9:21: `included_units` must be below 10^15 units", "`unlimited`"),
    (UNITS, "{per_member: 2e14}", "9:21: the allowance of `small-team` reaches 10^15 units", "`unlimited`"),
    (UNITS, "{}", "9:21: `included_units` needs one of `per_customer` and `per_member`", "`unlimited`"),
    (UNITS, "0\n    available_to: [smal-team]", "10:20: there is no profile `smal-team`", "`small-team`?"),
    (UNITS, "0\n    available_to: []", "10:19: `available_to` must not be an empty list", ""),
    ((C, "contract_duration_months: 1\n"), "contract_duration_months: 1.5\n", "11:31: `contract_duration_months` must be a whole number, not 1.5", ""),
    ((C, "contract_duration_months: 1\n"), "contract_duration_months: 0\n", "11:31: `contract_duration_months` must be from 1 to 100_000 months, and is 0", ""),
    ((C, "tick: 0.00000001"), "step: 0.00000001", "25:55: `usage_unit_price` has no `step`", "`tick`"),
    ((C, "step: 500_000"), "tick: 500_000", "26:49: `included_units` has no `tick`", "`step`"),
    ((C, "tick: 0.00000001"), "tick: 0.00000007", "25:46: `max` is not a whole number of steps above `min`", "0.00001999 or 0.00002006"),
    (TURNOVER, "{min: 10, max: 0, step: 10}", "28:48: `max` is below `min`, 10", ""),
    (TURNOVER, "{min: 0, max: 1000, step: 0}", "28:59: `step` must be above zero, and is 0", ""),
    (TURNOVER, "{min: 0, max: 1000}", "28:33: missing key `step`", ""),
    (TURNOVER, "{min: -10, max: 1000, step: 10}", "28:39: `min` must not be negative, and is -10", ""),
    (TURNOVER, "{values: []}", "28:42: `values` must not be empty", ""),
    (TURNOVER, "{values: [1, 2, 1.0]}", "28:49: `1` is listed twice", "remove"),
    (TURNOVER, "7", "28:33: `minimum_monthly_turnover` needs bounds like `{min: 0, max: 100, step: 1}`", ""),
    ((C, "minimum_monthly_turnover: {"), "minimum_turnover: {", "28:7: `minimum_turnover` cannot be tuned", "`minimum_monthly_turnover`?"),
    ((C, "[1, 6, 12, 24, 36]"), "[1, 6.5]", "27:46: `values` must be a whole number, not 6.5", ""),
    (FLAG, "customer_funded_onboarding: {values: [no]}", "31:45: `values` must be `true` or `false`, not `no`", "`false`"),
    (FLAG, "customer_funded_onboarding: {min: 0, max: 1, step: 1}", "31:35: `customer_funded_onboarding` needs bounds like `{values: [false, true]}`", ""),
    # profiles.yaml
    ((P, "weight: 25%"), "weight: 20%", "5:9: the weights sum to 0.95, not to 1", "0.05 is missing"),
    ((P, "weight: 25%"), "weight: 1/4", "5:18: `weight` must be a number or a percentage, not `1/4`", ""),
    ((P, "units: 3_000_000"), "units: 1e15", "5:30: `units` must be below 10^15 units", ""),
    ((P, "3.5%"), "3.5", "9:49: `monthly_churn` must not be above 1 (100%), and is 3.5", "`3.5%`"),
    ((P, "3.5%"), "-1%", "9:49: `monthly_churn` must not be negative, and is -0.01", ""),
    (RETENTION, "{model: constnat}", "9:24: there is no retention model `constnat`", "`constant`?"),
    (RETENTION, "{monthly_churn: 1%}", "9:16: `retention` needs the key `model`", "`sbg`"),
    (RETENTION, "3.5%", "9:16: `retention` must be keys and values, not `3.5%`", "model: constant"),
    (RETENTION, "{model: sbg, alpha: 1, beta: 0}", "9:45: `beta` must be above zero, and is 0", ""),
    (RETENTION, "{model: curve, survival: [1, 0.9, 0.95]}", "9:50: the survival curve rises from 0.9 to 0.95", ""),
    (RETENTION, "{model: curve, survival: [0.9, 0.8]}", "9:42: the survival curve must start at 1, not 0.9", ""),
    (RETENTION, "{model: curve, survival: [1]}", "9:41: `survival` needs at least two points", ""),
    ((P, "110%"), "80%", "14:28: this band ends at 0.8, not above the one before it", "sort"),
    ((P, "{churn_multiplier: 1.8}"), "{bill_ratio_up_to: 2, churn_multiplier: 1.8}", "16:28: the last band must have no limit", ""),
    ((P, "{bill_ratio_up_to: 110%, churn_multiplier: 1}"), "{churn_multiplier: 1}", "14:9: only the last band has no `bill_ratio_up_to`", ""),
    ((P, "payment_cost_rate: 2.9%"), "payment_cost_rate: 2.9", "19:24: `payment_cost_rate` must not be above 1 (100%), and is 2.9", "`2.9%`"),
    ((P, "acquisition_cost: 700"), "acquisition_cost: -700", "21:23: `acquisition_cost` must not be negative, and is -700", ""),
    ((P, "members_per_customer: 5"), "cohort: {customers: 2.5}", "3:25: `customers` must be a whole number, not 2.5", ""),
    # policy.yaml
    ((L, "vp-sales]"), "vp-sales, deal-desk]", "2:34: `deal-desk` is there twice", "line 2"),
    ((L, "approver: vp-sales"), "approver: vp-sale", "21:15: `vp-sale` is not one of the approvers", "`vp-sales`?"),
    (DISCOUNT, "    effect: approval\n", "20:13: an approval needs an `approver`", "`approver: ...`"),
    (DISCOUNT, "    approver: vp-sales\n", "20:5: nobody approves what has the effect `reject`", "`effect: approval`"),
    (DISCOUNT, "    effect: warning\n", "20:13: `effect` must be `reject`, `approval` or `warn`, not `warning`", "`warn`?"),
    ((L, "horizon_months: 36"), "horizon_months: 36 months", "6:19: `horizon_months` must be a number, not `36 months`", "`36`"),
    ((L, "annual_discount_rate: 10%"), "annual_discount_rate: 10", "7:25: `annual_discount_rate` must not be above 1 (100%), and is 10", "`10%`"),
    ((L, "id: margin-floor"), "id: price-floor", "12:9: `price-floor` is there twice", "line 10"),
    ((L, "id: margin-floor"), "id: ltv-improvement", "12:9: `ltv-improvement` is the built-in rule", "`ltv`"),
    (MARGIN, "gross_margn >= 30%", "13:14: `gross_margn` is not a known name", "`gross_margin`?"),
    (MARGIN, "gross_margin", "13:14: a condition is needed here, and this is a number", ">= 0"),
    (MARGIN, "platform_fee + 3 months >= 1", "13:14: cannot add USD/month and months", ""),
    (FLOOR, "price_floor: 2 * ltv", "4:16: `price_floor` must be constant, and uses `ltv`", "`define`"),
    (FLOOR, "price_floor:", "4:15: `price_floor` must be an expression, not empty", ""),
    (FLOOR, "price_floor: 0.1 USD/token\n  ltv: 2", "5:3: `ltv` is a built-in name", "another"),
    (FLOOR, "price_floor: 0.1 USD/token\n  min: 2", "5:3: `min` is a word of the language", ""),
    (FLOOR, "price_floor: 0.1 USD/token\n  1a: 2", "5:3: `1a` is not a name: letters, digits and `_` only, no digit first", ""),
    (FLOOR, "price_floor: {value: 1 USD/token, descripton: x}", "4:37: unknown key `descripton`", "`description`?"),
    ((L, "ltv:"), "define: {a: b, b: c + a, c: 1}\nltv:", "5:13: defined in a circle: `a` -> `b` -> `a`", ""),
    ((L, "ltv:"), "define: {price_floor: 2}\nltv:", "5:10: `price_floor` is a parameter already", ""),
    ((L, "id: price-floor"), "require_text: x\n    id: price-floor", "10:5: unknown key `require_text`", "`require`?"),
    # tuning_requests.json
    ((R, '"membership-plus-overage"'), '"membership-plus"', "2:41: there is no configuration `membership-plus`", "`membership-plus-overage`?"),
    ((R, '"small-team"'), '"large"', "2:79: there is no profile `large`", "`small-team`"),
    (PREPAID, '"prepaid": 1', "3:46: `prepaid` is not a field that can be tuned", "`prepaid_amount`?"),
    (PREPAID, '"prepaid_amount": "1"', "3:64: `prepaid_amount` must be a number, not `\"1\"`", "quotes"),
    (PREPAID, '"usage_unit_price": 1', "3:46: `usage_unit_price` is not an input", "solver"),
    (PREPAID, '"prepaid_amount": -5', "3:64: `prepaid_amount` must not be negative, and is -5", ""),
    ((R, "months\": 24"), 'months": 2.5', "3:42: `contract_duration_months` must be a whole number, not 2.5", ""),
    ((R, 'onboarding": true'), 'onboarding": 1', "3:133: `customer_funded_onboarding` must be `true` or `false`, not `1`", ""),
    (INCLUDED, '"included_tokens": 1, "included_units": 1', "12:36: `included_units` is given twice", ""),
    (INCLUDED, '"included_requests": 1', "12:14: `included_requests` is not a field that can be tuned", ""),
    (INCLUDED, '"included_tokens": 1000000000000000', "12:33: `included_tokens` must be below 10^15 units", ""),
    ((R, '"seller_ltv"'), '"ltv"', "10:17: `preference` must be `lower_usage_price` or `seller_ltv`, not `ltv`", ""),
    ((R, '"seller_ltv"'), '"seller_ltv", "open": ["contract_duration_months"]', "10:40: `contract_duration_months` is given and open at once", ""),
    ((R, '"seller_ltv"'), '"seller_ltv", "open": ["platform_fee"]', "10:40: `platform_fee` is not a field that can be tuned", ""),
    ((R, '"membership-plus-overage"'), '"pay-as-you-go", "open": ["included_tokens"]', "2:67: `included_units` has no tunable bounds in `pay-as-you-go`, so it cannot be open", ""),
    ((R, '"id": "seller-ltv"'), '"id": "lower-price"', "8:9: `lower-price` is there twice", "line 2"),
    ((R, '"id": "seller-ltv"'), '"id": 17', "8:9: `id` must be a text, not `17`", "quotes"),
    ((R, '"id": "seller-ltv"'), '"id": "x", "id": "y"', "8:14: duplicate key `id`", "line 8"),
]  # fmt: skip


def issues_of(texts: dict[str, str]) -> tuple[Issue, ...]:
    """The issues of the four files, in a folder that has no name."""
    ...
