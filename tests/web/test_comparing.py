"""Offers side by side: kept in the address, compared on a page, what differs marked."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.testclient import TestClient

from cp_pricing.book.price_book import PriceBook
from cp_pricing.tuning import solve
from cp_pricing.web.desk.addresses import question_of
from cp_pricing.web.desk.comparing import MOST_OFFERS, compared
from cp_pricing.web.desk.forms import understood_of
from cp_pricing.words.offers import offers_table
from tests.web.asking import PLAN, REJECTED, TWO_YEARS, Pairs, address, part

THREE_YEARS: Pairs = [*PLAN, ("term", "36")]
KEPT: Pairs = [("kept", urlencode(REJECTED)), ("kept", urlencode(THREE_YEARS))]


def test_the_page_has_the_table_of_the_library(client: TestClient, pilot: PriceBook) -> None:
    asked = [TWO_YEARS, REJECTED, THREE_YEARS]
    page = client.get(compared([urlencode(pairs) for pairs in asked]))
    assert page.status_code == 200
    requests = [
        understood_of(pilot, question_of(pairs)).request.model_copy(update={"id": f"offer-{n}"})
        for n, pairs in enumerate(asked, start=1)
    ]
    table = offers_table([(one, solve(pilot, one)) for one in requests], pilot)
    rows = re.findall(r"<tr><th.*?</tr>", page.text, re.DOTALL)
    assert len(rows) == len(table.rows)
    for html, (name, *cells) in zip(rows, table.rows, strict=True):
        assert name.text
        assert name.text in html
        assert html.count("differs: ") == sum(cell.text != cells[0].text for cell in cells)
        assert all(cell.text is None or cell.text in html for cell in cells)


def test_offers_stay_kept_while_terms_are_moved(client: TestClient) -> None:
    part(client, [*TWO_YEARS, *KEPT, ("detail", "full")])
    page = client.get(address("/ask", [*TWO_YEARS, *KEPT]))
    assert page.status_code == 200
    assert page.text.count('name="kept"') == 2 * len(KEPT)  # in each of the two forms
    takes = re.findall(r'class="take" href="([^"]+)"', page.text)
    assert takes
    assert all(href.count("kept=") == len(KEPT) for href in takes)
    keep = re.search(r'href="([^"]+)">Keep it to compare', page.text)
    assert keep is not None
    assert keep[1].count("kept=") == MOST_OFFERS - 1
    compare = re.search(r'href="([^"]+)">Compare with what is kept', page.text)
    assert compare is not None
    assert client.get(compare[1].replace("&amp;", "&")).text.count("differs: ") > 3


def test_only_so_many_are_kept_and_each_once(client: TestClient) -> None:
    odd = [*TWO_YEARS, *KEPT, *KEPT, ("kept", "nothing=1"), ("kept", urlencode(PLAN))]
    reply = client.get(address("/ask", odd))
    assert reply.status_code == 303
    assert reply.headers["location"].count("kept=") == MOST_OFFERS - 1
    assert client.get(reply.headers["location"]).status_code == 200


def test_offers_with_faults_are_told(client: TestClient) -> None:
    assert client.get(address("/compare", [("offer", "plan=x")])).status_code == 422
    assert client.get(address("/compare", [("offer", "plan=x&profile=y")])).status_code == 422
    assert client.get("/compare").status_code == 303
