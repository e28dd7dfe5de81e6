"""A page of the report as a PDF."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, Final

from cp_pricing.files.extras import MissingExtraError, extra

# The variable that tells fontTools, and other makers of files, which time to write (seconds).
_TIME: Final = "SOURCE_DATE_EPOCH"


def pdf_maker() -> Any:  # noqa: ANN401 - a module without types
    """What makes PDFs; raises `MissingExtraError`, with what to install, if it is not there."""
    try:
        with redirect_stdout(io.StringIO()):  # it prints that a library is missing
            return extra("weasyprint", "a PDF", "WeasyPrint", "pdf")
    except OSError as error:
        message = (
            "a PDF needs Pango, a library of the system, which is not installed; install it with:"
            " apt-get install libpangoft2-1.0-0 (Debian, Ubuntu) or brew install pango (macOS)"
        )
        raise MissingExtraError(message) from error


def page_pdf(page: str) -> bytes:
    """The page as it prints, the same bytes each time; raises `MissingExtraError`."""
    maker = pdf_maker()
    # Nothing is fetched for a page, whatever stands in it.
    fetcher = maker.urls.URLFetcher(allowed_protocols=())
    document = maker.HTML(string=styled_charts(page), url_fetcher=fetcher)
    with _no_time():
        content: bytes = document.write_pdf(pdf_tags=True)
    return content


@contextmanager
def _no_time() -> Iterator[None]:
    """Within it fontTools dates every font that it writes 1970, and not now."""
    before = os.environ.get(_TIME)
    os.environ[_TIME] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_TIME]
        else:
            os.environ[_TIME] = before


def styled_charts(page: str) -> str:
    """The page with its rules for charts in every chart: there WeasyPrint looks for no others."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    return re.sub(r"<svg [^>]*>", rf"\g<0><style>{_chart_rules(style)}</style>", page)


def _chart_rules(style: str) -> str:
    """The rules of a style sheet for what is in charts, in its light colours."""
    colours = dict(re.findall(r"(--[\w-]+): (#\w+);", style.partition("@media")[0]))
    rules = re.findall(r"^svg [^{][^}]*\}", style, re.MULTILINE)
    # WeasyPrint paints a line round letters over them, and not behind.
    rules = [rule for rule in rules if "paint-order" not in rule]
    return re.sub(r"var\((--[\w-]+)\)", lambda name: colours[name[1]], "".join(rules))
