"""Writes to a record until it is killed, and says what has been acknowledged.

    python -m tests.quotes_kill.writer WHERE NAME

Each line on standard output is written after the call has returned: what it was and where it is.
"""

from __future__ import annotations

import itertools
import sys

from cp_pricing.quotes.approvals import ask, sign
from cp_pricing.quotes.links import customer_offer, make_link, send
from cp_pricing.quotes.record import Desk, save, withdraw
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.store import Store
from tests.support.quotes import ADMIN, NOW, ONE, TERMS, TWO, UNTIL, signer, solved


def told(what: str, name: str) -> None:
    sys.stdout.write(f"{what} {name}\n")
    sys.stdout.flush()


def write(store: Store, name: str) -> None:
    """Quote after quote: saved, asked for, signed, sent, linked, superseded, withdrawn."""
    desk, offer = Desk(store, ADMIN, NOW), customer_offer(solved(ONE), UNTIL)
    dana = signer(store, "deal-desk")
    told("ready", name)
    for count in itertools.count():
        number = save(desk, solved(ONE), TERMS).number
        told("saved", f"{number}.1")
        ask(desk, number)
        told("asked", number)
        sign(dana, f"{number}.1", comment=f"{name} {count}")
        told("granted", number)
        send(desk, f"{number}.1", offer)
        told("sent", number)
        told("linked", f"{number} {make_link(desk, number, UNTIL).token}")
        save(desk, solved(TWO), TERMS, number=number)
        told("saved", f"{number}.2")
        if count % 3 == 0:
            withdraw(desk, number)
            told("withdrawn", number)


if __name__ == "__main__":
    write(open_store(sys.argv[1], make=True), sys.argv[2])
