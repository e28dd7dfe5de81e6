"""What a browser gets: pages that work without a script, their parts, and the result as JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from starlette.testclient import TestClient

from cp_pricing.authoring.workspace import new_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.tuning import solve
from cp_pricing.web.app import application
from cp_pricing.web.desk.addresses import question_of
from cp_pricing.web.desk.forms import understood_of
from cp_pricing.web.guards import HEADERS
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.web.asking import BASE, PLAN, REJECTED, TWO_YEARS, Pairs, address, part

JSON_PROBLEM = "application/problem+json"


class Page(HTMLParser):
    """Tags and texts of a page, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _page(client: TestClient, pairs: Pairs) -> Page:
    reply = client.get(address("/ask", pairs))
    assert reply.status_code == 200, reply.text
    return Page(reply.text)


def test_the_first_page_asks_about_the_first_plan(client: TestClient) -> None:
    reply = client.get("/")
    assert reply.status_code == 303
    assert client.get(reply.headers["location"]).status_code == 200


def test_a_page_has_the_answer_of_the_library(client: TestClient, pilot: PriceBook) -> None:
    for pairs in (TWO_YEARS, REJECTED, [*TWO_YEARS, ("approval", "yes")]):
        part(client, [*pairs, ("detail", "full")])  # however long that takes
        page = _page(client, pairs)
        result = solve(pilot, understood_of(pilot, question_of(pairs)).request, detail="full")
        assert result.reason.replace("`", "").lower() in page.text.lower()
        for step in result.ladder:
            assert step.approver is None or step.approver in page.text
        for rule in result.rules:
            assert rule.id in page.text
        for offer in result.counteroffers:
            assert offer.quote in page.text


def test_every_link_that_takes_something_leads_to_a_page(client: TestClient) -> None:
    part(client, [*REJECTED, ("detail", "full")])
    page = _page(client, REJECTED)
    takes = [a["href"] for a in page.all("a") if "take" in a.get("class", "")]
    assert takes
    for href in takes:
        reply = client.get(href)
        while reply.status_code == 303:
            reply = client.get(reply.headers["location"])
        assert reply.status_code == 200


def test_the_form_alone_asks_the_question_again(client: TestClient) -> None:
    """What a browser without scripts would send, unchanged, leads to the same page."""
    page = _page(client, TWO_YEARS)
    assert all("method" not in form or form["method"] == "get" for form in page.all("form"))
    sent = [
        (each["name"], each.get("value", ""))
        for each in page.all("input")
        if "name" in each and (each.get("type") != "checkbox" or "checked" in each)
    ]
    sent += [("term", "24")]  # the one list that does not stand at its first entry
    reply = client.get(address("/ask", sent))
    assert reply.status_code == 303
    again = client.get(reply.headers["location"])
    assert again.status_code == 200
    assert set(re.findall(r"[?&](\w+=\w+)", f"&{reply.headers['location']}")) >= {
        "term=24",
        "prepaid=1200",
    }


def test_labels_and_names_are_there_for_those_who_hear_the_page(client: TestClient) -> None:
    part(client, [*TWO_YEARS, ("detail", "full")])
    page = _page(client, TWO_YEARS)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in page.all("label") if "for" in label}
    for each in (*page.all("input"), *page.all("select")):
        if each.get("type") != "hidden":
            has_label = each.get("id") in labelled or "aria-label" in each
            assert has_label or each["name"] == "approval"
    assert [each for each in page.all("p") if each.get("role") == "status"]
    assert page.all("html")[0]["lang"] == "en"


def test_a_page_runs_nothing_of_its_own_and_fetches_nothing_elsewhere(client: TestClient) -> None:
    reply = client.get(address("/ask", TWO_YEARS))
    page = Page(reply.text)
    assert all(script["src"].startswith("/assets/") for script in page.all("script"))
    assert not page.all("style")
    handlers = [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]
    assert not handlers
    assert not [name for _, attributes in page.tags for name in attributes if name == "style"]
    for name, value in HEADERS.items():
        assert reply.headers[name] == value
    for link in (*page.all("link"), *page.all("script")):
        where = link.get("href") or link["src"]
        if not where.startswith("data:"):
            asset = client.get(where)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/assets/..%2fpage.html.j2", "/assets/../settings.py", "/assets/x", "/etc/passwd"]
)
def test_no_address_leads_to_a_file(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_parts_of_a_page_at_once_and_in_full(client: TestClient) -> None:
    parts = {
        detail: re.findall(r'data-part="(\w+)"', part(client, [*PLAN, ("detail", detail)]))
        for detail in ("rules", "full")
    }
    assert parts == {"rules": ["answer", "details"], "full": ["answer", "why", "details"]}


def test_the_price_is_drawn_by_the_term_that_moves(client: TestClient) -> None:
    for term, name in (("prepaid", "Prepayment"), ("term", "Term"), ("nothing", "Included tokens")):
        pairs = [*TWO_YEARS, ("detail", "full"), ("by", term)]
        page = part(client, pairs)
        assert f"<figcaption>{name}</figcaption>" in page


def test_the_same_address_as_json_is_the_result(client: TestClient, pilot: PriceBook) -> None:
    reply = client.get(address("/ask.json", TWO_YEARS))
    assert reply.headers["content-type"] == "application/json"
    result = solve(pilot, understood_of(pilot, question_of(TWO_YEARS)).request, detail="full")
    expected, found = json.loads(result.model_dump_json()), reply.json()
    expected["provenance"].pop("seconds")
    found["provenance"].pop("seconds")
    assert found == expected


def test_a_browser_that_has_the_answer_is_not_sent_it_again(client: TestClient) -> None:
    for where in ("/ask.json", "/answer"):
        first = client.get(address(where, TWO_YEARS))
        again = {"if-none-match": f'"x", {first.headers["etag"]}'}
        assert client.get(address(where, TWO_YEARS), headers=again).status_code == 304
        assert client.get(address(where, REJECTED), headers=again).status_code == 200


def test_faults_are_told_at_their_places(client: TestClient) -> None:
    faulty = [*PLAN, ("incl", "12M"), ("term", "soon")]
    problem = client.get(address("/ask.json", faulty))
    assert problem.status_code == 422
    assert problem.headers["content-type"] == JSON_PROBLEM
    document = problem.json()
    assert document["status"] == 422
    assert [fault["message"][:16] for fault in document["faults"]] == [
        "there is no term",
        "`term` must be a",
    ]
    assert "did you mean `included`?" in document["faults"][0]["hint"]
    page = client.get(address("/ask", faulty))
    assert page.status_code == 422
    shown = Page(page.text).text
    assert "did you mean `included`?" in shown
    assert "^~~~" in shown
    assert client.get(address("/ask.json", [*PLAN, ("detail", "some")])).status_code == 422
    assert client.get(address("/answer", faulty)).status_code == 422
    assert client.get("/ask?plan=x&profile=y").status_code == 422


def test_another_plan_is_asked_about_anew(client: TestClient) -> None:
    pairs = [("plan", "committed-annual"), ("profile", "small-team"), ("approval", "yes")]
    reply = client.get(address("/choose", pairs))
    assert reply.status_code == 303
    assert "profile=scale-up" in reply.headers["location"]
    assert "approval=yes" in reply.headers["location"]


def test_health_and_figures(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").status_code == 200
    part(client, TWO_YEARS)
    figures = client.get("/metrics").text
    assert 'cp_pricing_requests_total{route="/answer",status="200"}' in figures
    assert "cp_pricing_book_faults 0.0" in figures


HOSTILE = "<script>alert('x')</script>&amp;"
POISON = json.dumps(HOSTILE)


def _poison(file: Path, *keys: str) -> None:
    """Let the texts behind some keys be markup."""
    lines = (
        re.sub(rf"^(\s*(?:- )?(?:{'|'.join(keys)}): )[^{{].*", rf"\g<1>{POISON}", line)
        for line in file.read_text().splitlines()
    )
    file.write_text("\n".join(lines))


def test_names_of_a_price_book_are_texts_and_never_markup(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    new_price_book(folder)
    _poison(folder / "catalog.yaml", "catalog", "name")
    _poison(folder / "policy.yaml", "description", "owner")
    service = Service(Settings(folder, workers=1))
    with TestClient(application(service), BASE) as client:
        first = client.get("/")
        query = first.url.query.decode()
        parts = part(client, [*parse_qsl(query), ("detail", "full")])
        pages = [client.get("/").text, parts]
        pages.append(client.get(f"/ask?{query}&{HOSTILE}=1&customer={HOSTILE}").text)
        named = [*parse_qsl(query), ("customer", HOSTILE), ("detail", "full")]
        pages.append(part(client, named))
        client.get(f"/ask?plan={HOSTILE}&profile={HOSTILE}")
    for html in pages:
        page = Page(html)
        assert HOSTILE in page.text or HOSTILE in str(page.tags) or "there is no term" in page.text
        assert all("src" in script for script in page.all("script"))
