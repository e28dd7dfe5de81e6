"""A server of the pilot without a network, with one worker in each lane."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cp_pricing.book.loading import load_price_book, parse_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.web.app import application
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.support.books import texts_of
from tests.support.places import COULOMB_API, PILOT
from tests.web.asking import BASE
from tests.web.guarded import HEADER, PROXY, Guarded


@pytest.fixture(scope="session")
def pilot() -> PriceBook:
    return load_price_book(PILOT)


@pytest.fixture(scope="session")
def card_book() -> PriceBook:
    return load_price_book(COULOMB_API)


@pytest.fixture(scope="session")
def fine_book() -> PriceBook:
    """The pilot with prices that have three decimals, so that they look like thousands."""
    texts = texts_of(PILOT)
    catalog = texts["catalog.yaml"]
    fine = catalog.replace("max: 0.00002, tick: 0.00000001", "max: 0.00002, tick: 0.000000005")
    assert fine != catalog
    return parse_price_book({**texts, "catalog.yaml": fine})


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(Settings(PILOT, workers=1, rate=10_000))


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session", name="guarded")
def _guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    store = tmp_path_factory.mktemp("guarded") / "quotes.sqlite"
    settings = Settings(
        PILOT,
        workers=1,
        rate=100_000,
        store=str(store),
        names=("prices.example",),
        identity_header=HEADER,
        trusted_proxies=(PROXY, "::1"),
    )
    service = Service(settings)
    app, base = application(service), "http://prices.example"
    with TestClient(app, base, follow_redirects=False, client=("192.0.2.7", 4711)) as client:
        yield Guarded(
            service, client, TestClient(app, base, follow_redirects=False, client=(PROXY, 1))
        )
