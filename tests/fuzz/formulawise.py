"""Damage to the conditions and definitions of a policy."""

from __future__ import annotations

import re
from random import Random

from tests.fuzz import samples

_TOKEN = re.compile(r"[\w.%]+|[<>=!]=|\s+|\S")
OPERATORS = (
    *("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or", "not", "implies", "if"),
    *("then", "else", "in", "between", "min", "max", "abs", "(", ")", "[", "]", ",", "=", "%"),
    *("**", "^", "&&", "||", "!", "<>", "≤", "×", "//", "is", "None", "AND", "true", "false"),
)
NAMES = (
    *("platform_fee", "seat_fee", "included_units", "usage_unit_price", "prepaid_amount", "ltv"),
    *("contract_duration_months", "customer_funded_onboarding", "gross_margin", "bill_discount"),
    *("reduced_cancellation_flexibility", "expected_monthly_bill", "worst_case_monthly_margin"),
    *("effective_unit_price", "reference_ltv", "required_ltv", "baseline.usage_unit_price"),
    *("baseline.gross_margin", "baseline.ltv", "baseline", "profile", "profile.onboarding_cost"),
    *("profile.members_per_customer", "profile.monthly_usage", "baseline.baseline.ltv", "horizon"),
    *("usage_discount", "expected_usage_charge", "list_usage_charge", "rate.input", "rate.output"),
    *("included_units.output", "expected_monthly_units.input", "baseline.rate.output", "rate"),
    *("profile.variable_cost_per_unit.output", "baseline.usage_discount", "rate.token", "rate."),
    *("usage_unit_prise", "included_tokens", "x.y.z", ".", "a.", "_", "__class__", "ltv.real"),
)
UNITS = (
    *("USD", "months", "month", "token", "tokens", "USD/token", "USD/month", "members", "years"),
    *("USD/member/month", "EUR", "USD / month", "USD/", "/month", "USD//month", "month/month"),
    *("%", "parsecs", "USD*month", "and", "platform_fee"),
)
PREFIXES = (
    "not ",
    "-",
    "+",
    "(",
    "abs(",
    "min(",
    "max(1, ",
    "if true then 1 else ",
    "1 + ",
    "0 * ",
)
WHOLE = (
    *("", " ", "1", "true", "false", "ltv", "not", "()", "min()", "abs()", "1 < 2 < 3", "1 = 1"),
    *("ltv / 0 > 1", "1 / (ltv - ltv) > 0", "ltv / ltv > 1", "0 / 0 == 0", "1 > 0 / 1e-60"),
    *("1e60 * 1e60 * 1e60 > ltv", "1e-60 * ltv > 1e-60", "prepaid_amount * 1e59 > 1e59 USD"),
    *("x in []", "ltv in [1, 2,]", "ltv between 1 or 2", "if true then 1", "min(1) > 0"),
    "abs(1, 2)",
    *("tiers(ltv, 0, 1 from 2) > 0", "tiers(ltv, 0) > 0"),
    "tiers(ltv, 0%, 1% from 2, 2% from 1) < 1",
    *("usage_discount <= 15%", "rate.output >= 0.000001", "usage_discount / list_usage_charge < 1"),
    *("included_units.output * included_units.input >= 0", "rate.output / rate.output == 1"),
    *("true == (1 > 2)", "true > false", "not 1", "ltv and true"),
    "gross_margin / gross_margin > 1",
    *("platform_fee * seat_fee * usage_unit_price * prepaid_amount * ltv * ltv * ltv > 0",),
    *("max(usage_price_discount, bill_discount) <= 1", "abs(gross_margin) in [0, 1]"),
    *("min(effective_unit_price, usage_unit_price) >= 0", "platform_fee / platform_fee <= 5"),
    *("prepaid_amount / expected_monthly_bill / expected_monthly_bill * seat_fee >= 0",),
    *("usage_unit_price / usage_unit_price / usage_unit_price == 1 / usage_unit_price",),
    *("included_units * included_units * included_units * included_units >= 0",),
)  # fmt: skip
GROWTHS = (
    *("g * g", "g + g", "max(g, g) + g", "g * g - g", "g / 3", "g * 1e50", "abs(g) - 1 / 3 * g"),
    *("if g > 1 then g else -g", "1 / (1 + g * g)", "g and not g", "g == g"),
)
SEEDLINGS = ("1.5", "gross_margin", "1e50", "1 / 7", "usage_price_discount", "0", "ltv > 1")


def mutated(rng: Random, text: str) -> str:
    """The text of an expression, damaged in one place or exchanged."""
    kind = rng.random()
    if kind < 0.08:
        return rng.choice(WHOLE)
    if kind < 0.14:
        return " ".join(_word(rng) for _ in range(rng.randint(1, 9)))
    if kind < 0.24:
        return _nested(rng, text)
    if kind < 0.34:
        return f"{text} {rng.choice(OPERATORS)} {_word(rng)}"
    return _token_changed(rng, text)


def grow(rng: Random, text: str) -> str:
    """A chain of definitions, each of which says the one before it more than once."""
    place = re.search("^(?=ltv:)|(?<=^define:\n)", text, re.MULTILINE)
    if place is None:
        return text
    form = rng.choice(GROWTHS)
    length = rng.choice((2, 5, 12, 25, 60, 300))
    chain = [f"  g{number}: {form.replace('g', f'g{number - 1}')}" for number in range(1, length)]
    head = "" if "define:" in text else "define:\n"
    return (
        text[: place.start()]
        + head
        + "\n".join([f"  g0: {rng.choice(SEEDLINGS)}", *chain, ""])
        + text[place.start() :]
    )


def _token_changed(rng: Random, text: str) -> str:
    tokens = _TOKEN.findall(text) or [""]
    place = rng.randrange(len(tokens))
    match rng.randrange(6):
        case 0:
            del tokens[place]
        case 1:
            tokens.insert(place, tokens[place])
        case 2:
            other = rng.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        case 3:
            tokens[place] += f" {rng.choice(UNITS)} "
        case _:
            tokens[place] = _word(rng)
    return "".join(tokens)


def _word(rng: Random) -> str:
    bags = (OPERATORS, NAMES, samples.NUMBERS, ("1 " + unit for unit in UNITS))
    return rng.choice(list(rng.choice(bags)))


def _nested(rng: Random, text: str) -> str:
    """An expression deep inside others."""
    times = samples.depth(rng)
    match rng.randrange(4):
        case 0:
            return "(" * times + text + ")" * rng.choice((times, times, times - 1))
        case 1:
            return rng.choice(PREFIXES) * times + text
        case 2:
            return (
                text + rng.choice((" + 1", " and true", " implies true", " / 2", " * ltv")) * times
            )
        case _:
            return f"if {text} then 1 else " * times + "1"
