"""`policy check`: the silent killers of policies, proven, and how editors are told of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path
from random import Random

import pytest

from cli.policy.check import Positions
from constraints.language.dimensions import Interval
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Value
from constraints.language.ranges import Ranges
from constraints.language.syntax import parse
from cp_pricing.authoring.doubts import doubts_about
from cp_pricing.authoring.reach import Reach, reach_within
from cp_pricing.book.loading import parse_price_book
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Space
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from cp_pricing.proofs.deal_space import whole_space
from tests.oracle.generator import generate
from tests.oracle.writing.rendering import render
from tests.support.books import texts_of
from tests.support.command import run
from tests.support.doubts import examine_texts
from tests.support.places import EXAMPLE, PILOT

TEXTS = texts_of(EXAMPLE)
# Without the one rule of the example that nothing can break, and with prepayments that fit use.
POLICY = (
    TEXTS["policy.yaml"]
    .replace("gross_margin >= 30%", "gross_margin >= 60%")
    .replace(
        ">= price_floor",
        ">= price_floor and prepaid_amount <= contract_duration_months * expected_monthly_bill",
    )
)


def doubts(policy: str, **more: str) -> list[str]:
    texts = {**TEXTS, "policy.yaml": policy, **{f"{k}.yaml": v for k, v in more.items()}}
    found = doubts_about(examine_texts(texts))
    assert not found.undecided
    return [
        f"{doubt.code} {doubt.issue.line}:{doubt.issue.column} {doubt.issue.message}"
        f"{f' ({doubt.issue.hint})' if doubt.issue.hint else ''}"
        for doubt in found.doubts
    ]


def with_rule(rule: str, names: str = "") -> str:
    return POLICY.replace("ltv:\n", f"{names}ltv:\n") + f"  - {{id: new, {rule}}}\n"


def test_the_example_without_its_idle_rule_leaves_no_doubt() -> None:
    assert doubts(POLICY) == []


IDLE = "is its limit the one you mean? if so, it can be removed"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            "require: usage_unit_price > 0.1 USD/token",
            (
                "never-met 22:24 no deal within the tunable bounds can meet the rule `new`, so it "
                "refuses them all (is its limit the one you mean?)"
            ),
        ),
        (
            "require: contract_duration_months <= 36 months",
            (
                f"never-broken 22:24 no deal within the tunable bounds can break the "
                f"rule `new`, so it "
                f"changes nothing ({IDLE})"
            ),
        ),
        # Beyond ranges: the two sides move together.
        (
            "require: expected_monthly_bill >= platform_fee",
            (
                f"never-broken 22:24 no deal within the tunable bounds can break the "
                f"rule `new`, so it "
                f"changes nothing ({IDLE})"
            ),
        ),
        (
            "when: contract_duration_months > 48 months, require: gross_margin >= 80%",
            (
                "never-applies 22:21 the rule `new` never applies: no deal within the "
                "tunable bounds "
                "meets its `when` (correct the condition, or remove the rule)"
            ),
        ),
        (
            "require: prepaid_amount <= 500",
            "bare-number 22:42 `500` has no unit, and is taken for USD (write `500 USD`)",
        ),
        (
            "require: gross_margin >= 30",
            "percent-sign 22:40 `30` stands for 3000% here (write `30%`)",
        ),
        (
            "require: gross_margin >= 60%",
            (
                "same-rule 22:5 the rule `new` says what `margin-floor` says already "
                "(remove one of them)"
            ),
        ),
    ],
)
def test_a_rule_that_is_hardly_meant(rule: str, told: str) -> None:
    assert told in doubts(with_rule(rule))


@pytest.mark.parametrize(
    "rule",
    [
        "require: prepaid_amount <= 500 USD",
        "require: prepaid_amount > 0 or gross_margin >= 62%",
        "require: gross_margin >= 0.62",
        "require: expected_monthly_bill <= 2 * baseline.expected_monthly_bill",
        "when: prepaid_amount > 0, require: prepaid_amount <= 3 months * expected_monthly_bill",
    ],
)
def test_a_rule_that_is_meant(rule: str) -> None:
    assert doubts(with_rule(rule)) == []


def test_names_and_approvers_that_nothing_uses() -> None:
    names = "  spare: 5 USD\ndefine:\n  doubled: 2 * halved\n  halved: spare / 2\n"
    text = with_rule("require: gross_margin >= 62%", names).replace(
        "[deal-desk, vp-sales]", "[deal-desk, vp-sales, cfo]"
    )
    assert doubts(text) == [
        (
            "unused-approver 2:34 `cfo` approves no rule (give a rule `approver: "
            "cfo`, or remove it "
            "here)"
        ),
        "unused-parameter 5:3 no rule uses the parameter `spare` (use it, or remove it)",
        "unused-definition 7:3 no rule uses the definition `doubled` (use it, or remove it)",
        "unused-definition 8:3 no rule uses the definition `halved` (use it, or remove it)",
    ]


@pytest.mark.parametrize("quote", ["", "'"])
def test_an_approver_named_twice_is_told_at_the_second(quote: str) -> None:
    twice = POLICY.replace("approver: vp-sales", f"approver: [vp-sales, {quote}vp-sales{quote}]")
    assert doubts(twice) == [
        (
            "repeated-approver 21:26 `vp-sales` signs once, however often a rule names them "
            "(name who else has to sign, or leave it out here)"
        )
    ]
    both = f"vp-sales, deal-desk, {quote}vp-sales{quote}"
    sure = f"ltv:\n  confidence: {{at_least: 90%, effect: approval, approver: [{both}]}}"
    told = [doubt.split(" `")[0] for doubt in doubts(POLICY.replace("ltv:", sure))]
    assert "repeated-approver 6:81" in told


def test_who_is_asked_about_confidence_alone_is_not_unused() -> None:
    sure = "ltv:\n  confidence: {at_least: 90%, effect: approval, approver: cfo}"
    text = POLICY.replace("[deal-desk, vp-sales]", "[deal-desk, vp-sales, cfo]")
    assert {doubt.split()[0] for doubt in doubts(text)} == {"unused-approver"}
    assert {doubt.split()[0] for doubt in doubts(text.replace("ltv:", sure))} == {"small-cohort"}


def test_rules_that_differ_only_in_the_order_of_their_approvers_are_the_same() -> None:
    require = "require: gross_margin >= 62%, effect: approval"
    text = with_rule(f"{require}, approver: [deal-desk, vp-sales]")
    text += f"  - {{id: other, {require}, approver: [vp-sales, deal-desk]}}\n"
    assert [doubt.split(" (")[0] for doubt in doubts(text)] == [
        "same-rule 23:5 the rule `other` says what `new` says already"
    ]


def test_bare_parameters_are_told_where_they_are_used() -> None:
    names = "  most: 30\n  team: 6\n"
    found = doubts(
        with_rule(
            "require: usage_price_discount <= most and profile.members_per_customer < team", names
        )
    )
    assert (
        "percent-sign 24:48 the parameter `most` stands for 3000% here "
        "(write `30%` where it is given)"
    ) in found
    assert (
        "bare-number 24:88 the parameter `team` has no unit, and is taken for members "
        "(write `6 members` where it is given)"
    ) in found


def test_a_new_rule_with_nearly_the_id_of_one_in_the_base() -> None:
    text = "extends: base.yaml\nrules:\n  - {id: deep-discounts, require: bill_discount <= 20%}\n"
    assert doubts(text, base=POLICY) == [
        (
            "new-rule 3:5 the rule `deep-discounts` is new beside those of `base.yaml` "
            "(did you mean `deep-discount`?)"
        )
    ]


def test_without_the_solver_nothing_is_claimed_that_takes_it() -> None:
    text = with_rule("require: expected_monthly_bill >= platform_fee")
    found = doubts_about(examine_texts({**TEXTS, "policy.yaml": text}), seconds=None)
    assert found.doubts == ()
    assert "new" in found.undecided


# --- proofs against counting ----------------------------------------------------------------


def _all(space: Space) -> list[dict[str, Value]]:
    names = [*space.domains, *space.choices]
    values = [list(d.values()) for d in space.domains.values()]
    values += [[False, True] for _ in space.choices]  # type: ignore[list-item]
    return [{**space.fixed, **dict(zip(names, chosen, strict=True))} for chosen in product(*values)]


def _counted(pricing: Pricing, spaces: list[tuple[Offer, Space]]) -> dict[str, Reach]:
    found = {rule.id: Reach() for rule in pricing.rules}
    for offer, space in spaces:
        for fields in _all(space):
            evaluator = offer.evaluator(fields)
            for rule in pricing.rules:
                if rule.when is None or evaluator.truth(rule.when):
                    met = evaluator.truth(rule.require)
                    found[rule.id].seen |= {"applies", "met" if met else "broken"}
    return found


def _thinned(offer: Offer) -> tuple[Offer, Space]:
    """The deals with at most two values of each field, the catalog's own among them."""
    space = whole_space(offer)
    domains = {
        name: Domain.of(
            [
                domain.low if name == PRICE else Fraction(offer.canonical.get(name, domain.low)),
                domain.high,
            ]
        )
        for name, domain in space.domains.items()
    }
    return offer, replace(space, domains=domains)


def test_what_is_said_of_random_policies_is_what_counting_all_deals_says() -> None:
    nevers = Counter[str | None]()
    for seed in range(25):
        pricing = Pricing(parse_price_book(render(generate(seed, 1))))
        book = pricing.price_book
        spaces = [
            _thinned(pricing.offer(configuration.id, profile.id))
            for profile in book.profiles
            for configuration in book.available(profile.id)
        ]
        counted = _counted(pricing, spaces)
        said = reach_within(spaces, pricing, 5.0)
        assert {name: reach.never for name, reach in said.items()} == {
            name: reach.never for name, reach in counted.items()
        }, seed
        nevers.update(reach.never for reach in said.values())
    assert min(nevers["broken"], nevers["met"]) >= 5, nevers
    assert nevers["applies"]


# --- ranges ---------------------------------------------------------------------------------


def test_ranges_hold_every_value_and_every_truth() -> None:
    rng = Random(5)  # noqa: S311 - repeatable tests, not secrets
    x, y = (
        Domain.of([Fraction(-2), Fraction(1), Fraction(3)]),
        Domain.of([Fraction(1), Fraction(2)]),
    )
    numbers = ["x", "y", "x + y", "x - 2 * y", "x / y", "-x * y", "min(x, y)", "max(x, 1)",
               "abs(x)", "if x > y then x else y", "x / (y - 1)"]  # fmt: skip
    conditions = [f"({a}) {op} {b}" for a in numbers for b in ("y", "0", "7", "-9", "x")
                  for op in ("<", "<=", ">", ">=", "==", "!=")]  # fmt: skip
    conditions += [
        f"not {a} or {b}" for a, b in zip(conditions, rng.sample(conditions, 60), strict=False)
    ]
    ranges, decided = Ranges({"x": x, "y": y}), 0
    points = [Evaluator({"x": a, "y": b}) for a in x.values() for b in y.values()]
    for text in conditions:
        expression = parse(text)
        truths = {point.truth(expression) for point in points}
        said = ranges.truth(expression)
        if said is not None:
            assert truths == {said}, text
            decided += 1
    assert decided > 60
    for text in numbers:
        span: Interval = ranges.range(parse(text))
        values = [point.number(parse(text)) for point in points]
        assert all(span.low is None or v is None or v >= span.low for v in values)
        assert all(span.high is None or v is None or v <= span.high for v in values)


# --- the command ----------------------------------------------------------------------------


check = partial(run, "policy", "check")


def written(folder: Path, policy: str) -> str:
    for name, text in {**TEXTS, "policy.yaml": policy}.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return str(folder)


@pytest.mark.parametrize(
    ("policy", "options", "status"),
    [
        (POLICY, [], 0),
        (POLICY, ["--deny-warnings"], 0),
        (TEXTS["policy.yaml"], [], 0),
        (TEXTS["policy.yaml"], ["--deny-warnings"], 1),
        (TEXTS["policy.yaml"], ["--deny-warnings", "--static"], 0),
        (POLICY.replace("gross_margin", "gros_margin"), [], 2),
        (POLICY.replace("gross_margin", "gros_margin"), ["--deny-warnings"], 2),
    ],
)
def test_exit_status(tmp_path: Path, policy: str, options: list[str], status: int) -> None:
    assert check(written(tmp_path, policy), *options).exit_code == status


def test_the_text_shows_line_caret_and_hint(tmp_path: Path) -> None:
    folder = written(tmp_path, POLICY.replace("gross_margin >= 60%", "gros_margin >= 60%"))
    assert check(folder).stdout == (
        f"{folder}/policy.yaml:13:14: `gros_margin` is not a known name\n"
        "    require: gros_margin >= 60%\n"
        "             ^~~~~~~~~~~\n"
        "  hint: did you mean `gross_margin`?\n"
        "1 fault; warnings come once all is mended\n"
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_json_positions_cut_the_text_out_of_the_file(tmp_path: Path, line_end: str) -> None:
    policy = "# ünï\n" + with_rule("require: prepaid_amount <= 500").replace("60%", "600")
    folder = written(tmp_path, policy.replace("\n", line_end))
    document = json.loads(check(folder, "--format", "json").stdout)
    assert (document["faults"], document["warnings"]) == (0, len(document["diagnostics"]))
    text = Path(folder, "policy.yaml").read_bytes().decode()
    cut = {
        item["code"]: text[item["start"]["offset"] : item["end"]["offset"]]
        for item in document["diagnostics"]
    }
    assert cut["bare-number"] == "500"
    assert cut["percent-sign"] == "600"


def test_json_tells_faults_as_well(tmp_path: Path) -> None:
    found = check(written(tmp_path, POLICY.replace("policy:", "polcy:")), "--format", "json")
    assert found.exit_code == 2
    document = json.loads(found.stdout)
    assert document["faults"] == 1
    assert {item["code"] for item in document["diagnostics"]} == {"input-error"}


def test_positions_end_with_the_text() -> None:
    assert Positions("ab").of(1, 9) == {"line": 1, "column": 9, "offset": 2}
    assert Positions("").of(3, 1) == {"line": 3, "column": 1, "offset": 0}


def test_a_static_check_does_not_load_the_solver() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from cli.main import main; "
        "done = CliRunner().invoke(main, ['policy', 'check', '--static', sys.argv[1]]); "
        "assert done.exit_code == 0, done.output; "
        "sys.exit('ortools' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(PILOT)], check=True)
