"""Check both pilots' reports in Chromium, and take the first one's pictures for the documentation.

`python -m tests.browser [FOLDER]`: FOLDER is where the pictures go, by default nowhere.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cp_pricing.book.loading import load
from cp_pricing.files.shipped import pilot_folder
from cp_pricing.files.writing import write_whole
from cp_pricing.report.page import customer_entries, customer_html, entries, report_html
from tests.browser.checks import faults_of
from tests.browser.pictures import Audience, take_pictures
from tests.browser.window import MissingError, window
from tests.support.places import COULOMB_API

MOST_BYTES = 80_000  # of a request


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def reports(folder: Path, price_book: Path) -> tuple[dict[Audience, Path], int]:
    """A price book's reports, as the command would write them, and of how many requests."""
    book, requests = load(price_book)
    pages: dict[Audience, str] = {
        "seller": report_html(book, list(entries(book, requests))),
        "customer": customer_html(book, list(customer_entries(book, requests))),
    }
    paths: dict[Audience, Path] = {}
    for audience, page in pages.items():
        paths[audience] = folder / f"{book.catalog.name}-{audience}.html"
        write_whole(paths[audience], page)
    return paths, len(requests)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch, window() as browser:
        faults = []
        written, number = reports(Path(scratch), pilot_folder())
        of_rate_cards, of_them = reports(Path(scratch), COULOMB_API)
        for pages, requests in ((written, number), (of_rate_cards, of_them)):
            for report in pages.values():
                size = report.stat().st_size
                say(f"{report.name}: {size / 1000:.0f} kB")
                if size > MOST_BYTES * requests:
                    faults.append(f"{report.name} has {size} bytes for {requests} requests")
                faults += faults_of(browser, report)
        if len(sys.argv) > 1:
            take_pictures(browser, written, Path(sys.argv[1]))
    for fault in faults:
        say(fault)
    say(f"browser: {len(faults)} faults" if faults else "browser: passed")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingError as error:
        say("error: {}\nhint: {}".format(*error.args))
        sys.exit(2)
