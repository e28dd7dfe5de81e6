"""A server of the pilot without a network, with one worker in each lane."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cp_pricing.book.loading import load_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.web.app import application
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.support.places import COULOMB_API, PILOT
from tests.web.asking import BASE


@pytest.fixture(scope="session")
def pilot() -> PriceBook:
    return load_price_book(PILOT)


@pytest.fixture(scope="session")
def card_book() -> PriceBook:
    return load_price_book(COULOMB_API)


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(Settings(PILOT, workers=1, rate=10_000))


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), BASE, follow_redirects=False) as client:
        yield client
