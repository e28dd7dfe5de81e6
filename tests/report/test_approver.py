"""The approvers' report: what is asked of whom, what it waives, and what the deal is worth."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from cp_pricing import load, solve
from cp_pricing.report.approver import approver_entries
from cp_pricing.report.page import approver_html
from cp_pricing.tuning import self_serve
from cp_pricing.words import numbers as f
from tests.support.command import run
from tests.support.places import COULOMB_API, PILOT
from tests.support.reports import BOOK, REQUESTS, Element, parsed, section, to_sign

ASKED = [entry for entry in to_sign() if entry.signers]


def articles(page: str) -> list[Element]:
    return parsed(page).all("article")


def test_each_request_that_needs_an_approval_is_an_entry_and_no_other(
    pages: dict[str, str],
) -> None:
    names = [each.one("h2").text for each in articles(pages["approver"])]
    needing = [r.id for r in REQUESTS if solve(BOOK, r).decision == "requires_approval"]
    assert needing
    assert names == needing
    text = parsed(pages["approver"]).one("nav").text
    for entry in to_sign():
        assert entry.request.id in text


def test_the_index_asks_each_approver_for_the_rules_that_only_they_waive(
    pages: dict[str, str],
) -> None:
    rows = section(parsed(pages["approver"]).one("nav"), "Who is asked")
    asked = {(row[0], row[1]): row[2].split(", ") for row in rows}
    assert asked == {
        (approval.approver, entry.request.id): list(approval.rules)
        for entry in ASKED
        for approval in entry.result.approvals
    }
    order = [BOOK.policy.approvers.index(row[0]) for row in rows]
    assert order == sorted(order)


def test_both_sides_of_each_rule_to_waive_are_there(pages: dict[str, str]) -> None:
    for entry, shown in zip(ASKED, articles(pages["approver"]), strict=True):
        rows = section(shown, "Rules to waive")
        waived = {rule for approval in entry.result.approvals for rule in approval.rules}
        assert {row[0] for row in rows} == waived
        assert all(row[1] and row[2] and row[3] not in {"", "–"} for row in rows)


def test_what_the_deal_is_worth_without_the_approval_is_the_self_serve_answer(
    pages: dict[str, str],
) -> None:
    for entry, shown in zip(ASKED, articles(pages["approver"]), strict=True):
        rows = {row[0]: row[1:] for row in section(shown, "What the deal is worth")}
        without = solve(BOOK, self_serve(entry.request))
        with_it = entry.result
        for place, result in enumerate((with_it, without)):
            quote, worth = rows["usage price"][place], rows["lifetime value"][place]
            assert quote == (result.quote or "–")
            assert worth == ("–" if result.ltv.tuned is None else f.money(result.ltv.tuned, "USD"))
            bill, margin = result.monthly.bill, result.monthly.margin
            shown_bill = "–" if bill is None else f.money(bill, "USD")
            assert rows["expected bill a month"][place] == shown_bill
            shown_margin = "–" if margin is None else f.money(margin, "USD")
            assert rows["expected margin a month"][place] == shown_margin
            committed = result.contract.committed_value if result.contract else None
            shown_committed = "–" if committed is None else f.money(committed, "USD")
            assert rows["committed value"][place] == shown_committed
        assert rows["expected bill a month"][2] == f.money(with_it.monthly.list_bill, "USD")


def test_an_asked_price_is_compared_with_the_best_that_takes_no_approval() -> None:
    book, requests = load(PILOT)
    request = next(r for r in requests if r.id == "small-team-two-years")
    price = Fraction(55, 10**7)
    asked = request.model_copy(update={"inputs": {**request.inputs, "usage_unit_price": price}})
    (entry,) = approver_entries(book, [asked])
    assert entry.decision == "requires_approval"
    assert entry.alone is not None
    assert entry.alone.terms.price == (solve(book, self_serve(request)).objective.value)


def test_every_signer_has_a_line_to_sign(pages: dict[str, str]) -> None:
    for entry, shown in zip(ASKED, articles(pages["approver"]), strict=True):
        (signatures,) = shown.classed("sign")
        lines = [line.text for line in signatures.all("li")]
        assert [line.split(",")[0].strip() for line in lines] == list(entry.signers)
        assert all(line.strip().endswith("NameDateSignature") for line in lines)


def test_it_can_be_for_one_approver(tmp_path: Path) -> None:
    out = tmp_path / "sign.html"
    done = run("report", PILOT, "--for", "approver", "--approver", "vp-sales", "--out", out)
    assert done.exit_code == 0
    page = out.read_text("utf-8")
    assert [each.one("h2").text for each in articles(page)] == [
        "small-team-high-included-approval",
        "small-team-two-years",
        "small-team-deep-discount",
        "small-team-asked-price",
        "scale-up-renewal",
    ]
    unknown = run("report", PILOT, "--for", "approver", "--approver", "vp-sale", "--out", out)
    assert unknown.exit_code == 2
    assert "did you mean `vp-sales`?" in unknown.stderr
    assert out.read_text("utf-8") == page


def test_what_is_asked_of_others_alone_is_named(tmp_path: Path) -> None:
    out = tmp_path / "sign.html"
    run("report", COULOMB_API, "--for", "approver", "--approver", "vp-sales", "--out", out)
    page = out.read_text("utf-8")
    assert [each.one("h2").text for each in articles(page)] == ["product-agreed-output"]
    assert "Asked of other approvers: <code>product-asked-discount</code>" in page


def test_the_day_is_on_it() -> None:
    assert "24 November 2026. Price book" in approver_html(BOOK, [], dated=date(2026, 11, 24))


def test_options_are_for_their_own_readers(tmp_path: Path) -> None:
    out = tmp_path / "x.html"
    for words, whom in (
        (["--approver", "cfo"], "`--approver` is for `--for approver`"),
        (["--dated", "2026-11-24"], "`--dated` is for `--for customer` and `--for approver`"),
        (["--for", "approver", "--approved"], "`--approved` is for `--for customer`"),
        (
            ["--for", "customer", "--dated", "2027-01-31", "--valid-until", "2027-01-30"],
            "2027-01-30 is before the day of the offer, 2027-01-31",
        ),
    ):
        done = run("report", PILOT, *words, "--out", out)
        assert done.exit_code == 2
        assert whom in " ".join(done.stderr.split())
    assert not out.exists()
