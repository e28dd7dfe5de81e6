"""`cp-pricing solve` on a terminal: what its report says, in what width and colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.books import example_in
from tests.support.command import results, run
from tests.support.places import EXAMPLE, PILOT


def test_one_screen_tells_what_a_deal_desk_asks_first() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price-approval").output
    lines = text.strip().splitlines()
    assert lines[0].startswith("REQUIRES APPROVAL  lower-price-approval")
    assert lines[1] == ("USD 4.00 per 1M tokens, 60% lower than at list, once `vp-sales` approves")
    facts = dict(re.split(r" {2,}", line, maxsplit=1) for line in lines[2:-2] if line[0] != " ")
    assert facts["request"] == "membership-plus-overage for small-team, lowest usage price"
    assert facts["terms"].startswith("a 24-month term, a monthly minimum of USD 150, ")
    assert facts["a month"] == (
        "bill USD 168.50 (USD 208.50 at list), margin USD 94.88 (USD 133.72 at list)"
    )
    assert facts["contract"] == "USD 3,600.00 committed over 24 months, USD 4,044.00 expected"
    assert facts["lifetime value"] == "USD 2,049.85, USD 649.85 more than the policy requires"
    assert facts["to sign"] == "vp-sales for deep-discount"
    assert facts["without it"] == "self-serve USD 7.00"
    assert facts["stopped by"].startswith("`price-floor`")
    assert len(lines) <= 20


def test_the_report_shows_the_terms_that_changed() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price", "--all").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["term", "month to month", "24 months"] in rows
    assert ["prepayment", "USD 0", "USD 1,200"] in rows
    assert ["customer-funded onboarding", "no", "yes"] in rows
    assert not any(row[0] == "platform fee" for row in rows)


def test_the_report_reads_each_rule_with_both_sides_slack_and_status() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price-approval", "--rules").output
    rows = [" ".join(line.split()) for line in text.splitlines()]
    for row in (
        "satisfied margin-floor 56.3 >= 30.0 % +26.3",
        "satisfied heavy-user-margin 80.61 >= -60.00 USD/month +140.61",
        "binding price-floor 4.00 >= 4.00 USD per 1M tokens 0.00",
        "violated deep-discount 60.0 <= 30.0 % -30.0",
        "usage_price_discount <= 30% (vp-sales may waive this)",
        "satisfied ltv-improvement 2,049.85 >= 1,400.00 USD +649.85",
    ):
        assert row in rows


def test_the_report_shows_the_ladder_and_explains_itself() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price", "--all").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["self-serve", "USD 7.00 per 1M tokens", "2,620.81", "none"] in rows
    assert ["vp-sales", "USD 4.00 per 1M tokens", "2,049.85", "deep-discount"] in rows
    words = " ".join(text.replace("\n  ", " ").split())
    asked = ("solve", EXAMPLE, "--request", "lower-price", "--detail", "full", "--format", "jsonl")
    (result,) = results(run(*asked).output)
    told = [sentence for sentence in result["explanation"].splitlines() if sentence in words]
    assert len(told) >= len(result["blocking_sets"]) + len(result["trade_offs"])


def test_a_rejected_request_shows_the_near_miss_and_what_it_breaks() -> None:
    text = run("solve", EXAMPLE, "--request", "high-included", "--all").output
    assert "REJECTED  high-included" in text
    assert "Rules at the near miss" in text
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["included tokens", "5M tokens/month", "30M tokens/month"] in rows
    assert ["self-serve", "no answer", "-", "-"] in rows
    assert re.search(r"^violated +ltv-improvement ", text, re.MULTILINE)


def test_several_requests_begin_with_a_summary() -> None:
    text = run("solve", EXAMPLE).output
    summary = text.partition("ACCEPTED")[0]
    rows = [re.split(r" {2,}", line) for line in summary.splitlines()]
    assert ["lower-price", "accepted", "7.00", "2,620.81", "-"] in rows
    approval = ["lower-price-approval", "requires approval", "4.00", "2,049.85"]
    assert [*approval, "vp-sales"] in rows
    assert ["high-included", "rejected", "-", "-", "-"] in rows
    alone = run("solve", EXAMPLE, "--request", "lower-price").output
    assert not alone.startswith("Request")


def test_binding_is_never_shown_as_merely_satisfied() -> None:
    asked = ("solve", EXAMPLE, "--request", "lower-price-approval", "--rules")
    assert "\nbinding     price-floor" in run(*asked).output
    unread = run(*asked, "--detail", "rules").output
    assert "\nholds      price-floor" in unread
    assert "satisfied" not in unread
    assert "what stops a better answer" in unread


def test_slack_of_a_rule_that_does_not_apply_is_not_shown() -> None:
    text = run("solve", PILOT, "--request", "small-team-lower-price", "--rules").output
    rows = [line.split() for line in text.splitlines() if line.startswith("not applicable")]
    assert rows
    assert all(row[-1] == "-" for row in rows)


@pytest.mark.parametrize("width", [60, 72, 80, 100, 140])
@pytest.mark.parametrize("command", ["solve", "models"])
def test_no_line_is_longer_than_the_terminal_is_wide(command: str, width: int) -> None:
    found = run(command, EXAMPLE, COLUMNS=str(width))
    lines = found.output.splitlines()
    assert found.exit_code == 0
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    assert "…" not in found.output
    text = "".join(found.output.split())
    for name in ("membership-plus-overage", "1,400.00"):
        assert name in text


def test_a_narrow_report_says_no_less_than_a_wide_one() -> None:
    narrow = run("solve", EXAMPLE, "--request", "lower-price", "--rules", COLUMNS="60").output
    assert "93.45 >= -60.00 USD/month, slack +153.45" in narrow
    assert "satisfied   heavy-user-margin" in narrow


def test_a_pipe_gets_100_columns_and_no_control_codes() -> None:
    for command in ("solve", "models"):
        text = run(command, EXAMPLE).output
        assert "\x1b" not in text
        assert 80 < max(map(len, text.splitlines())) <= 100


def test_colours_obey_no_color_and_dumb_terminals() -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    coloured = run("solve", EXAMPLE, FORCE_COLOR="1", TERM="xterm")
    assert colour.search(coloured.output)
    assert not colour.search(run("solve", EXAMPLE, FORCE_COLOR="1", NO_COLOR="1").output)
    assert "\x1b" not in run("solve", EXAMPLE, FORCE_COLOR="1", TERM="dumb").output
    assert "accepted" in run("solve", EXAMPLE, NO_COLOR="1").output


def test_texts_of_the_files_cannot_write_control_codes_or_markup(tmp_path: Path) -> None:
    margin = "    require: gross_margin"
    described = f'    description: "[red]late[/red] :smile:"\n{margin}'
    folder = example_in(tmp_path / "hostile", ("policy.yaml", margin, described))
    output = run("solve", folder, "--request", "lower-price", "--rules").output
    assert "[red]late[/red] :smile:" in output
