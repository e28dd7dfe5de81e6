"""The story of docs/quotes.md: its commands, run in their order in a folder of their own."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from cli.quotes import acting
from cp_pricing.quotes.approvals import ask, sign
from cp_pricing.quotes.links import customer_offer, send
from cp_pricing.quotes.record import Desk, save
from cp_pricing.quotes.tokens import actor_of, make
from tests.support.command import run
from tests.support.places import PILOT
from tests.support.quotes import FREE, NOW, ONE, TERMS, UNTIL, admin, solved, store_in

# Commands that take the token of an approver.
_SIGNED = ("sign", "refuse")
_HELD = "deal-desk.token"


def make_record(folder: Path) -> None:
    """A record with what help texts name: a quote that is sent, one to ask for, to sign, signed."""
    store = store_in(folder)
    desk = admin(store)
    save(desk, solved(FREE), TERMS)
    send(desk, "Q-2026-0001.1", customer_offer(solved(FREE), UNTIL))
    for number in ("Q-2026-0002", "Q-2026-0003", "Q-2026-0004"):
        save(desk, solved(ONE), TERMS)
        if number != "Q-2026-0002":
            ask(desk, number)
    made = make(desk, "approver", "dana", approver="deal-desk")
    (folder / _HELD).write_text(made.token, "utf-8")
    sign(Desk(store, actor_of(store, made.token, NOW), NOW), "Q-2026-0004.1")
    store.close()


def token_for(arguments: list[str], folder: Path) -> str:
    """The token that a command takes to sign, refuse, or take a signature back."""
    quotes, command, *rest = [*arguments, "", ""]
    signed = command in {"sign", "refuse"} or (command == "withdraw" and "--signature" in rest)
    return (folder / _HELD).read_text("utf-8") if quotes == "quotes" and signed else ""


@contextmanager
def _folder() -> Iterator[None]:
    """A folder with next year's prices, and the time of the story."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name, mock.patch.object(acting, "now", return_value=NOW):
        shutil.copytree(PILOT, Path(name, "prices-2027"), ignore=shutil.ignore_patterns("history"))
        policy = Path(name, "prices-2027", "policy.yaml")
        policy.write_text(policy.read_text("utf-8").replace("rate: 2%", "rate: 5%"), "utf-8")
        os.chdir(name)
        try:
            yield
        finally:
            os.chdir(before)


@cache
def story(commands: tuple[str, ...]) -> dict[str, str]:
    """What each command writes, after those before it; nothing is found in the environment."""
    with _folder():
        made = run("quotes", "token", "approver", "dana", "--approver", "deal-desk", "--as", "ada")
        return {command: _output(command, made.stdout.strip()) for command in commands}


def _output(command: str, token: str) -> str:
    arguments = command.removeprefix("cp-pricing quotes ")
    signed = arguments.startswith(_SIGNED)
    done = run("quotes", *shlex.split(arguments), **({"CP_PRICING_TOKEN": token} if signed else {}))
    assert done.exit_code in {0, 1}, f"{command}: {done.output}"
    return done.stdout
