"""The whole story in the browser, by keyboard: from a question to a quote that is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import Actor
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.sqlite import SqliteStore
from tests.browser.checks import contrast, layout, network
from tests.browser.window import Window
from tests.web_browser.checks import LOADED, settled

_DEAL = "term=24&prepaid=1200&price=5.65&approval=yes"  # one approver may grant that price
ASKED = f"/ask?plan=membership-plus-overage&profile=small-team&{_DEAL}"
UNTIL = "2999-12-30"
_DETAILS = "Boolean(document.querySelector('[data-detail=full]'))"


def token(store: Path) -> str:
    """A token of an approver."""
    with closing(SqliteStore(store)) as record:
        desk = Desk(record, Actor("ada", "admin"), datetime.now(UTC))
        return tokens.make(desk, "approver", "dana", approver="deal-desk").token


def story(browser: Window, server: str, signer: str, width: int) -> Iterator[str]:
    """All that is wrong on the way, in a window of a width."""
    told = _Story(browser, server, width)
    try:
        told.asked()
        told.saved()
        told.signed(signer)
        told.sent()
        told.wished()
        told.accepted()
    except RuntimeError as error:
        told.faults.append(str(error))
    yield from (f"the story, {width} px: {fault}" for fault in told.faults)


class _Story:
    """How far it has come."""

    def __init__(self, browser: Window, server: str, width: int) -> None:
        self._browser, self._server, self._width = browser, server, width
        self.faults: list[str] = []
        self._quote = self._offer = ""

    def _there(self, address: str, there: str = LOADED) -> None:
        self._browser.visit(address, self._width, 900)
        self._seen(there)

    def _seen(self, there: str = LOADED) -> None:
        """Look at the page that has come."""
        browser = self._browser
        settled(browser, there)
        found = [*layout(browser), *network(browser, self._server), *contrast(browser, 10)]
        self.faults += [f"{browser.page.url}: {fault}" for fault in found]

    def _fill(self, name: str, value: str, within: str = "main") -> None:
        self._browser.page.fill(f"{within} [name={name}]", value)

    def _enter(self, words: str) -> None:
        """Go to a button by its words, and press it on the keyboard: another page comes."""
        page = self._browser.page
        page.get_by_role("button", name=words, exact=words == "Sign in").focus()
        with page.expect_navigation():
            self._browser.press("Enter")

    def _until_said(self, words: str) -> None:
        self._seen(f"{LOADED} && document.body.innerText.includes({words!r})")

    def asked(self) -> None:
        """A question is answered, and the answer is to be put on record."""
        self._there(f"{self._server}{ASKED}", _DETAILS)
        self._browser.page.focus("#save summary")
        self._browser.press("Enter")
        self._fill("valid_until", UNTIL, "#save")
        self._enter("Next: who has to sign")
        self._until_said("Who would have to sign")
        self._until_said("deal-desk")

    def saved(self) -> None:
        """It is saved, and the signatures are asked for."""
        self._enter("Save it as a new quote")
        self._until_said("What can be done")
        self._quote = self._browser.page.url
        self._enter("Ask for the signatures")
        self._until_said("deal-desk asked to sign")

    def signed(self, signer: str) -> None:
        """The approver signs in, signs, and signs out."""
        self._there(f"{self._server}/sign-in")
        self._fill("token", signer)
        self._enter("Sign in")
        self._until_said("dana, deal-desk")
        self._there(self._quote)
        self._fill("comment", "for the reference", "form[action$=sign]")
        self._enter("Sign Q-")
        self._until_said("signed for deal-desk (for the reference)")
        self._there(f"{self._server}/sign-in")
        self._enter("Sign out")
        self._until_said("Sign in")

    def sent(self) -> None:
        """It is sent, and there is a link."""
        self._there(self._quote)
        self._enter("Send it")
        self._until_said("version 1 sent")
        self._fill("until", UNTIL)
        self._enter("Make a link")
        self._until_said("shown this once")
        self._offer = self._browser.page.locator("a[href*='/offer/']").inner_text()

    def wished(self) -> None:
        """The customer asks for other terms, which come back to the desk."""
        self._there(self._offer)
        self._browser.page.select_option("[name=term]", "36")
        self._fill("message", "three years?")
        self._enter("Ask for these terms")
        self._until_said("come back to you")
        self._there(self._quote)
        self._until_said("version 2 was asked for by the customer")

    def accepted(self) -> None:
        """The customer accepts what was sent."""
        self._there(self._offer)
        self._fill("name", "Chris")
        self._enter("Accept this offer")
        self._until_said("you have accepted this offer")
        self._there(self._quote)
        self._until_said("accepted by Chris")
