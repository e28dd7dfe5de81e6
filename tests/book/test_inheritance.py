"""Policies that extend one another, and rules for some configurations and profiles only."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from constraints.text.source import InputError
from cp_pricing import load, load_price_book, parse_requests, solve
from cp_pricing.book.inheritance import LONGEST_CHAIN
from cp_pricing.book.loading import parse_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.files.texts import REQUESTS
from tests.support.books import texts_of
from tests.support.places import EXAMPLE

TEXTS = texts_of(EXAMPLE, REQUESTS)
BASE = TEXTS["policy.yaml"]


def book(policy: str, **bases: str) -> PriceBook:
    """The example with another policy; keyword `base` is the file `base.yaml`."""
    files = {f"{name}.yaml": text for name, text in bases.items()}
    return parse_price_book({**TEXTS, "policy.yaml": policy, "base.yaml": BASE, **files})


def told(policy: str, **bases: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        book(policy, **bases)
    return [f"{issue}{f' ({issue.hint})' if issue.hint else ''}" for issue in caught.value.issues]


def same_rules(one: PriceBook, other: PriceBook) -> bool:
    keys = ("id", "when", "require", "effect", "approvers", "description", "owner", "applies_to")
    return [[getattr(rule, key) for key in keys] for rule in one.policy.rules] == [
        [getattr(rule, key) for key in keys] for rule in other.policy.rules
    ]


def test_a_policy_that_adds_nothing_is_its_base() -> None:
    composed, base = book("extends: base.yaml\n"), book(BASE)
    assert same_rules(composed, base)
    assert composed.policy.ltv.model_dump(exclude={"source"}) == base.policy.ltv.model_dump(
        exclude={"source"}
    )
    assert composed.policy.approvers == base.policy.approvers
    assert composed.policy.name == "example"
    assert composed.policy.parameters["price_floor"].expression == (
        base.policy.parameters["price_floor"].expression
    )


def test_the_parts_of_a_rule_that_are_not_given_are_inherited() -> None:
    policy = book(
        "extends: base.yaml\nrules:\n"
        "  - id: deep-discount\n    require: usage_price_discount <= 20%\n"
    ).policy
    ids = [rule.id for rule in policy.rules]
    assert ids == ["price-floor", "margin-floor", "heavy-user-margin", "deep-discount"]
    rule = policy.rules[-1]
    assert (rule.require_text, rule.effect, rule.approvers) == (
        "usage_price_discount <= 20%",
        "approval",
        ("vp-sales",),
    )
    assert (rule.source.file, rule.source.line) == ("policy.yaml", 3)
    assert rule.overrides is not None
    assert (rule.overrides.file, rule.overrides.line) == ("base.yaml", 18)
    assert policy.rules[0].overrides is None
    assert (policy.rules[0].source.file, policy.rules[0].source.line) == ("base.yaml", 10)


def test_an_effect_that_nobody_approves_drops_the_inherited_approver() -> None:
    text = "extends: base.yaml\nrules:\n  - {id: deep-discount, effect: warn}\n"
    rule = book(text).policy.rules[-1]
    assert (rule.effect, rule.approvers) == ("warn", ())


def test_disabled_rules_are_gone_and_new_ones_come_last() -> None:
    policy = book(
        "extends: base.yaml\ndisable: [margin-floor, price-floor]\nrules:\n"
        "  - id: two-years\n    require: contract_duration_months <= 24 months\n"
    ).policy
    assert [rule.id for rule in policy.rules] == ["heavy-user-margin", "deep-discount", "two-years"]


def test_names_approvers_and_the_lifetime_value_are_overridden() -> None:
    policy = book(
        "policy: stricter\nextends: base.yaml\napprovers: [vp-sales, deal-desk, cfo]\n"
        "parameters:\n  price_floor: 0.000005 USD/token\n  cap: 30%\n"
        "define:\n  target: 2 * price_floor\n"
        "ltv:\n  min_improvement_rate: 5%\n"
    ).policy
    assert policy.name == "stricter"
    assert policy.approvers == ("vp-sales", "deal-desk", "cfo")
    assert {name: value.text for name, value in policy.parameters.items()} == {
        "price_floor": "0.000005 USD/token",
        "cap": "30%",
    }
    assert (policy.ltv.horizon_months, policy.ltv.min_improvement_rate) == (36, Fraction(1, 20))


def test_a_parameter_keeps_its_description_and_may_become_a_definition() -> None:
    base = BASE.replace(
        "price_floor: 0.000004 USD/token",
        "price_floor: {value: 0.000004 USD/token, description: landed cost}",
    )
    kept = book("extends: base.yaml\nparameters:\n  price_floor: 0.000005 USD/token\n", base=base)
    assert kept.policy.parameters["price_floor"].description == "landed cost"
    turned = book(
        "extends: base.yaml\ndefine:\n  price_floor: profile.variable_cost_per_unit * 1.1\n",
        base=base,
    ).policy
    assert (list(turned.parameters), list(turned.define)) == ([], ["price_floor"])


def _chained(files: int) -> dict[str, str]:
    """A chain from `policy.yaml` over `level2.yaml`, `level3.yaml` ... down to the example's."""
    names = ["policy", *(f"level{number}" for number in range(2, files))]
    return {name: f"# {name}\nextends: {base}.yaml\n" for name, base in pairwise([*names, "base"])}


def test_a_chain_has_at_most_fifty_files() -> None:
    assert same_rules(book(**_chained(LONGEST_CHAIN)), book(BASE))
    for files in (LONGEST_CHAIN + 1, 1_500):
        (fault,) = told(**_chained(files))
        assert fault == (
            "level50.yaml:2:10: this is file 51 of a chain of `extends`"
            " (a policy is made of at most 50 files: put some of them together)"
        )


def test_a_chain_of_three() -> None:
    policy = book(
        "extends: region.yaml\nrules:\n  - {id: margin-floor, effect: warn}\n",
        region="extends: base.yaml\ndisable: [price-floor]\nrules:\n"
        "  - {id: margin-floor, require: gross_margin >= 35%}\n",
    ).policy
    rule = policy.rules[0]
    assert (rule.id, rule.require_text, rule.effect) == (
        "margin-floor",
        "gross_margin >= 35%",
        "warn",
    )
    assert rule.overrides is not None
    assert rule.overrides.file == "region.yaml"


def test_the_digest_covers_the_base_files() -> None:
    text = "extends: base.yaml\n"
    assert book(text).digest == book(text).digest
    assert book(text).digest != book(text, base=f"{BASE}# one more line\n").digest


def test_faults_of_all_files_come_at_once_each_with_its_file() -> None:
    assert told(
        "extends: base.yaml\ndisable: [margin-flor]\nrules:\n"
        "  - {id: deep-discont, effect: warn}\n"
        "  - {id: new, require: gros_margin >= 5%}\n"
        "  - {id: newer, require: ltv >= 5, approver: vp-sale, effect: approval}\n",
        base=BASE.replace("gross_margin >= 30%", "gross_margin >= 30 USD").replace(
            "effect: approval", "efect: approval", 1
        ),
    ) == [
        "base.yaml:13:14: cannot compare a pure number with USD",
        "base.yaml:16:5: unknown key `efect` (did you mean `effect`?)",
        (
            "base.yaml:17:5: nobody approves what has the effect `reject` "
            "(add `effect: approval`, or remove the approver)"
        ),
        (
            "policy.yaml:2:11: there is no rule `margin-flor` in the policy that this one extends "
            "(did you mean `margin-floor`?)"
        ),
        (
            "policy.yaml:4:10: there is no rule `deep-discont` to change in the "
            "policy that this one "
            "extends (did you mean `deep-discount`?)"
        ),
        "policy.yaml:5:24: `gros_margin` is not a known name (did you mean `gross_margin`?)",
        "policy.yaml:6:46: `vp-sale` is not one of the approvers (did you mean `vp-sales`?)",
    ]


@pytest.mark.parametrize(
    ("policy", "bases", "message"),
    [
        (
            "extends: bse.yaml\n",
            {},
            ["policy.yaml:1:10: `bse.yaml`: file not found (did you mean `base.yaml`?)"],
        ),
        (
            "extends: /etc/base.yaml\n",
            {},
            [
                (
                    "policy.yaml:1:10: `extends` must be a path relative to this file (write it "
                    "as it is found from the folder of this file, like `shared/base.yaml`)"
                )
            ],
        ),
        (
            "extends: shared\\base.yaml\n",
            {},
            ["policy.yaml:1:10: `extends` must be a path with `/` (write `shared/base.yaml`)"],
        ),
        (
            "extends: policy.yaml\n",
            {},
            [
                (
                    "policy.yaml:1:10: policies extend one another in a circle: `policy.yaml` -> "
                    "`policy.yaml` (remove one `extends`)"
                )
            ],
        ),
        (
            "extends: base.yaml\n",
            {"base": "extends: policy.yaml\n"},
            [
                (
                    "base.yaml:1:10: policies extend one another in a circle: `policy.yaml` -> "
                    "`base.yaml` -> `policy.yaml` (remove one `extends`)"
                )
            ],
        ),
        ("extends: [base.yaml]\n", {}, ["policy.yaml:1:10: `extends` must be a text, not a list"]),
        (
            BASE + "disable: [price-floor]\n",
            {},
            [
                (
                    "policy.yaml:22:1: there is no rule to disable without `extends` "
                    "(remove the rule, or put `#` before its lines)"
                )
            ],
        ),
        (
            (
                "extends: base.yaml\ndisable: [ltv-improvement, price-floor, price-floor]\n"
                "rules: [{id: price-floor, effect: warn}]\n"
            ),
            {},
            [
                (
                    "policy.yaml:2:11: `ltv-improvement` is a built-in rule, which cannot be "
                    "disabled (set `effect: warn` under `ltv`)"
                ),
                (
                    "policy.yaml:2:28: `price-floor` is disabled and changed at once "
                    "(remove it from `disable`, or remove the rule)"
                ),
                (
                    "policy.yaml:2:41: `price-floor` is disabled and changed at once "
                    "(remove it from `disable`, or remove the rule)"
                ),
                "policy.yaml:2:41: `price-floor` is there twice (it is first used in line 2)",
            ],
        ),
        (
            "extends: base.yaml\n",
            {"base": "- 1\n"},
            ["base.yaml:1:1: the file must be keys and values, not a list"],
        ),
    ],
)
def test_what_cannot_be_extended(policy: str, bases: dict[str, str], message: list[str]) -> None:
    assert told(policy, **bases) == message


def test_a_base_in_another_folder(tmp_path: Path) -> None:
    folder, shared = tmp_path / "emea" / "book", tmp_path / "shared"
    folder.mkdir(parents=True)
    shared.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "policy.yaml").write_text("extends: ../../shared/region.yaml\n", "utf-8")
    (shared / "region.yaml").write_text("extends: base.yaml\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(folder, policy_root=tmp_path)
    assert [str(issue) for issue in caught.value.issues] == [
        f"{folder}/../../shared/region.yaml:1:10: `base.yaml`: file not found"
    ]
    (shared / "base.yaml").write_text(BASE, "utf-8")
    rules = load_price_book(folder, policy_root=tmp_path).policy.rules
    assert rules[0].source.file == "../../shared/base.yaml"
    (shared / "base.yaml").write_text(BASE.replace("gross_margin", "gros_margin"), "utf-8")
    with pytest.raises(InputError) as caught:
        load_price_book(folder, policy_root=tmp_path)
    (issue,) = caught.value.issues
    assert (issue.file, issue.line) == (f"{folder}/../../shared/base.yaml", 13)
    assert caught.value.sources[issue.file].startswith("policy: example")


# --- rules for some deals -------------------------------------------------------------------

SCOPED = BASE + (
    "  - id: no-overage\n    applies_to: {{{scope}}}\n"
    "    require: usage_unit_price <= 0 USD/token\n"
)


def statuses(scope: str) -> tuple[str, dict[str, str], list[str]]:
    """The decision of a request, the rules' statuses, and who is in a conflict."""
    price_book = book(SCOPED.format(scope=scope))
    request = parse_requests(price_book, TEXTS[REQUESTS])[0]
    result = solve(price_book, request, detail="full")
    conflicts = [name for conflict in result.conflicts for name in conflict]
    return result.decision, {rule.id: rule.status for rule in result.rules}, conflicts


@pytest.mark.parametrize(
    "scope",
    [
        "configurations: [pay-as-you-go]",
        "configurations: [flat-membership, pay-as-you-go], profiles: [small-team]",
    ],
)
def test_a_rule_for_other_deals_is_not_in_force(scope: str) -> None:
    decision, rules, conflicts = statuses(scope)
    assert (decision, rules["no-overage"], conflicts) == ("accepted", "not_applicable", [])


def test_a_rule_for_this_deal_is_in_force() -> None:
    decision, _, conflicts = statuses("profiles: [small-team]")
    assert decision == "rejected"
    assert "no-overage" in conflicts


def test_a_rejected_request_never_names_a_rule_for_other_deals() -> None:
    price_book = book(SCOPED.format(scope="configurations: [pay-as-you-go]"))
    request = parse_requests(price_book, TEXTS[REQUESTS])[3]
    result = solve(price_book, request, detail="full")
    assert result.decision == "rejected"
    assert result.conflicts
    assert not any("no-overage" in conflict for conflict in result.conflicts)
    assert {r.id: r.status for r in result.rules}["no-overage"] == "not_applicable"


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (
            "profiles: [small-tem], configurations: [payg]",
            [
                "policy.yaml:23:29: there is no profile `small-tem` (did you mean `small-team`?)",
                (
                    "policy.yaml:23:58: there is no plan `payg` (the plans are "
                    "`flat-membership`, `pay-as-you-go`, `membership-plus-overage`)"
                ),
            ],
        ),
        (
            "",
            [
                (
                    "policy.yaml:23:17: `applies_to` names neither `configurations` nor "
                    "`profiles` (write "
                    "`applies_to: {profiles: [...]}`, or `configurations`, or both)"
                )
            ],
        ),
        ("profiles: []", ["policy.yaml:23:28: `profiles` must not be an empty list"]),
        (
            "profiles: [small-team, small-team]",
            ["policy.yaml:23:41: `small-team` is there twice (it is first used in line 23)"],
        ),
        (
            "profile: [small-team]",
            [
                "policy.yaml:23:18: unknown key `profile` (did you mean `profiles`?)",
                (
                    "policy.yaml:23:17: `applies_to` names neither `configurations` nor "
                    "`profiles` (write "
                    "`applies_to: {profiles: [...]}`, or `configurations`, or both)"
                ),
            ],
        ),
    ],
)
def test_a_scope_must_name_what_there_is(scope: str, message: list[str]) -> None:
    assert sorted(told(SCOPED.format(scope=scope))) == sorted(message)
