"""The commands of the record: one story from a question to an accepted offer, and its refusals."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result

from cli.quotes import acting
from cp_pricing import tuning
from cp_pricing.quotes.store import opening, sqlite
from cp_pricing.quotes.store.postgres import PostgresStore
from cp_pricing.quotes.store.sqlite import SqliteStore
from tests.support.command import run
from tests.support.quotes import NOW, later

PRICE = "price=5.65"  # low enough for one signature, and high enough for no other
ASKED = ("membership-plus-overage", "small-team", "term=2y", "prepaid=1.2k", PRICE, "--approval")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    at(monkeypatch, NOW)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(acting, "now", lambda: moment)


def quotes(*arguments: str, token: str = "") -> Result:
    environment = {"CP_PRICING_TOKEN": token} if token else {}
    return run("quotes", *arguments, **environment)


def told(*arguments: str, token: str = "") -> str:
    done = quotes(*arguments, token=token)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str, token: str = "", status: int = 2) -> str:
    done = quotes(*arguments, token=token)
    assert done.exit_code == status, done.output
    assert not done.stdout
    return done.stderr


def saved(*more: str) -> None:
    told("save", *ASKED, "--customer", "Acme", "--as", "mara", *more)


def approver(name: str) -> str:
    return told("token", "approver", f"the {name}", "--approver", name).strip()


def test_a_quote_says_whose_it_is_and_with_which_facts() -> None:
    own = ["--customer", "Acme", "--members", "7", "--usage", "20M", "--fact", "deal_type=renewal"]
    saved = told("save", *ASKED, *own)
    for text in (saved, told("show", "2026-1")):
        assert re.search(r"^customer +Acme, 7 members, 20M tokens/month$", text, re.MULTILINE)
        assert re.search(r"^facts +deal_type renewal$", text, re.MULTILINE)


def test_the_story_of_a_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    preview = told("save", *ASKED, "--preview")
    assert "requires approval, USD 5.65 per 1M tokens; nothing was saved" in preview
    assert "deal-desk   not asked yet   payback and earned-discount" in preview
    assert not list(Path.cwd().iterdir())
    assert "Q-2026-0001.1  open" in told("save", *ASKED, "--customer", "Acme", "--as", "mara")
    assert "Q-2026-0001.1  waiting" in told("ask", "2026-1")
    desk = approver("deal-desk")
    assert "Q-2026-0001.1  refused" in told(
        "refuse", "Q-2026-0001.1", "--comment", "why?", token=desk
    )
    assert "Q-2026-0001.1  ready" in told("sign", "Q-2026-0001.1", token=desk)
    assert "sent: Q-2026-0001.1, by 0 links" in told("send", "Q-2026-0001")
    link = told("link", "Q-2026-0001", "--until", "2026-12-20").strip()
    assert re.fullmatch(r"cpq_[0-9a-f]{12}_[\w-]{43}", link)
    longer = [word.replace("term=2y", "term=3y") for word in ASKED if word != PRICE]
    worse = told("save", *longer, "--number", "2026-1", "--as", "mara")
    assert "deal-desk has to sign again" in worse
    assert "- `planned-margin` was not signed for: 57.3% where at least 60%" in worse
    assert "- `payback`, left side: signed for at USD 1,126.19" in worse
    assert "term 36 months instead of 24 months" in worse
    shown = told("show", "q-2026-1")
    assert "sent: Q-2026-0001.1, by 1 link" in shown
    assert "Q-2026-0001.2, saved by mara on 2026-11-30 09:00, against the one before" in shown
    log = told("log")
    assert "version 1 refused" in log
    assert desk not in log
    assert link not in log
    verified = told("log", "--verify")
    assert verified.startswith("8 entries, each chained to the one before; the last has the hash ")
    told("log", "--verify", "--head", verified.split()[-1])
    told("backup", "copy.sqlite")
    assert told("log", "--verify", "--store", "copy.sqlite") == verified


def test_the_record_is_listed_and_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    at(monkeypatch, later(days=10))
    told("save", "pay-as-you-go", "solo", "--owner", "nils")
    listed = told("list")
    assert listed.index("Q-2026-0002.1") < listed.index("Q-2026-0001.1")
    assert "Q-2026-0002" not in told("list", "--older-than", "1w")
    assert "Q-2026-0001" not in told("list", "--newer-than", "36h")
    assert "Q-2026-0001" not in told("list", "--owner", "nils", "--decision", "accepted")
    assert told("list", "--search", "nobody").strip() == "no quotes"
    document = json.loads(told("list", "--status", "open", "--format", "json"))
    assert [one["number"] for one in document["quotes"]] == ["Q-2026-0002", "Q-2026-0001"]
    assert document["before"] is None
    cut = quotes("list", "--limit", "1")
    assert cut.stderr == "there may be more: --before 2\n"
    assert "Q-2026-0001" not in cut.stdout
    assert "Q-2026-0001" in told("list", "--limit", "1", "--before", "2")


def test_a_quote_is_a_document() -> None:
    saved("--note", "by phone")
    document = json.loads(told("show", "2026-1", "--format", "json"))
    (version,) = document["versions"]
    assert (document["number"], document["status"], document["owner"]) == (
        "Q-2026-0001",
        "open",
        "mara",
    )
    assert (version["saved_at"], version["note"]) == ("2026-11-30T09:00:00.000000Z", "by phone")
    assert document["signatures"][0]["state"] == "missing"
    assert document["result"]["decision"] == version["decision"] == "requires_approval"
    lines = told("log", "--format", "json").splitlines()
    assert [json.loads(line)["event"]["action"] for line in lines] == ["saved"]


def test_a_preview_is_a_document_and_says_what_could_not_be_saved() -> None:
    saved()
    found = json.loads(told("save", *ASKED, "--preview", "--format", "json", "--number", "2026-1"))
    assert (found["number"], found["decision"]) == ("Q-2026-0001", "requires_approval")
    assert [(one["approver"], one["state"]) for one in found["signatures"]] == [
        ("deal-desk", "missing")
    ]
    assert found["changes"] == ["customer nobody instead of Acme"]
    told("withdraw", "2026-1")
    assert "is withdrawn" in refused("save", *ASKED, "--preview", "--number", "2026-1")


def test_a_mistyped_approver_is_told() -> None:
    made = ("token", "approver", "dana", "--approver")
    said = refused(*made, "deal-dsk")
    assert "`deal-dsk` is no approver of coulomb (did you mean `deal-desk`?; " in said
    assert "--new-approver" in said
    assert not Path("quotes.sqlite").exists()
    assert "its approvers are `deal-desk` and `vp-sales`" in " ".join(
        refused(*made, "somebody").split()
    )
    told(*made, "deal-dsk", "--new-approver")
    other = refused(*made, "deal-desk", "--book", "posthog-style")
    assert "is no approver of posthog-style" in other
    told(*made, "deal-desk", "--book", "posthog-style", "--book", "coulomb")


def test_a_quote_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    assert told("verify", "2026-1") == (
        "Q-2026-0001.1: the answer stands, solved again from its own price book\n"
    )
    other = quotes("verify", "2026-1", "--book", "coulomb-api")
    assert other.exit_code == 1
    assert "there is no plan `membership-plus-overage`" in other.stdout
    at(monkeypatch, later(days=31))
    expired = quotes("verify", "2026-1", "--format", "json")
    assert expired.exit_code == 1
    assert json.loads(expired.stdout)["expired"] == "2026-12-30"
    # An asked price is judged in no time; what is solved takes some.
    told("save", *(word for word in ASKED if word != PRICE), "--as", "mara")
    assert quotes("verify", "2026-2", "--time-limit", "0.000001").exit_code == 3


def test_a_token_acts_as_what_it_is_for() -> None:
    saved()
    seller = told("token", "seller", "mara").strip()
    assert "(seller)" in told("log") or told("save", *ASKED, token=seller)
    assert "Error: a seller may not read the log" in refused("log", token=seller)
    assert "Error: a seller may not make or revoke tokens" in refused("tokens", token=seller)
    assert "Error: an approver may not save quotes" in refused(
        "save", *ASKED, token=approver("deal-desk")
    )
    assert "Error: an admin may not sign" in refused("sign", "Q-2026-0001.1")
    assert "this token is not known, or no longer" in refused("list", token="cpq_x")
    listed = json.loads(told("tokens", "--format", "json"))["tokens"]
    assert told("revoke", listed[0]["id"]) == f"token {listed[0]['id']} is revoked\n"
    assert "not known, or no longer" in refused("list", token=seller)
    assert "revoked" in told("tokens")


def test_things_are_taken_back() -> None:
    saved()
    told("ask", "2026-1")
    assert "not asked yet" in told("withdraw", "2026-1", "--asking")
    told("ask", "2026-1")
    desk = approver("deal-desk")
    told("sign", "Q-2026-0001.1", token=desk)
    told("send", "2026-1")
    told("link", "2026-1")
    (link,) = json.loads(told("show", "2026-1", "--format", "json"))["links"]
    assert "by 0 links" in told("withdraw", "2026-1", "--link", link["id"])
    assert "not asked yet" in told("withdraw", "2026-1", "--signature", token=desk)
    assert "withdrawn" in told("withdraw", "2026-1", "--comment", "no need")
    assert "is withdrawn" in refused("withdraw", "2026-1")
    assert "two things to withdraw" in refused("withdraw", "2026-1", "--asking", "--link", "x")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("show 2026-1", "there is no record of quotes at quotes.sqlite"),
        ("save membership-plus-overage small-team term=soon prise=3", "2 faults"),
        ("save membership-plus-overage small-team --number 2026-1", "there is no record"),
        ("save pay-as-you-go solo --valid-until 2026-11-29", "2026-11-29 has passed"),
        ("list --newer-than tomorrow", "must be an age such as 36h, 30d or 2w"),
        ("log --head abc", "`--head` is for `--verify`"),
        ("log 2026-1 --verify", "the chain is verified as a whole"),
        ("token approver dana", "says whose signature it gives"),
        ("backup copy.sqlite", "there is no record"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: str, said: str) -> None:
    assert said in refused(*arguments.split())


def test_faults_of_a_question_have_their_place() -> None:
    said = refused("save", "membership-plus-overage", "small-team", "term=soon")
    assert "command line:1:" in said
    assert "quotes save membership-plus-overage small-team term=soon" in said
    assert not list(Path.cwd().iterdir())


def test_the_record_is_not_overwritten_by_its_backup() -> None:
    saved()
    assert refused("backup", "quotes.sqlite")
    assert told("log", "--verify")


def test_a_log_that_was_tampered_with_is_told() -> None:
    saved()
    with closing(sqlite3.connect("quotes.sqlite")) as other, other:
        other.execute("DROP TRIGGER no_update_of_entries")
        other.execute("UPDATE entries SET text = replace(text, 'mara', 'marc')")
    assert "error: entry 1: it does not have the hash" in refused("log", "--verify", status=1)
    assert "the hash abc is not in the chain" in refused(
        "log", "--verify", "--head", "abc", status=1
    )


def test_a_record_that_cannot_be_written_ends_with_status_74(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("nowhere/quotes.sqlite")  # its own folder is there
    for where in ("link", "/proc/quotes.sqlite"):
        said = refused("save", *ASKED, "--store", where, status=74)
        assert said.endswith(f"error: {where}: no such file or directory\n")
    assert "real: is a directory" in refused("save", *ASKED, "--store", "real")
    listed = refused("list", "--store", "real")
    assert "real cannot be opened as a record of quotes\n" in listed
    served = run("serve", "--store", "link")
    assert (served.exit_code, served.stdout) == (74, "")
    assert "error: link: no such file or directory\n" in served.stderr


@pytest.mark.parametrize("command", [("save", *ASKED), ("list",), ("token", "seller", "mara")])
def test_the_folder_of_a_record_is_looked_for_before_any_work(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tuning, "solve", None)
    said = refused(*command, "--store", "none/quotes.sqlite")
    assert "Invalid value for '--store': there is no folder `none`" in said


def test_a_busy_record_ends_with_status_74(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.setattr(SqliteStore.__init__, "__kwdefaults__", {"make": False, "patience": 0.05})
    store = SqliteStore(Path("quotes.sqlite"))
    with store.writing():
        said = refused("ask", "2026-1", status=74)
    assert "another process has been writing to quotes.sqlite all the time" in said
    assert "nothing was written; try again" in said


def test_a_record_on_a_server_takes_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refused("list", "--store", "postgresql:///none")
    assert "pip install 'cp-pricing[postgres]'" in said


def test_a_server_backs_up_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.setattr(opening, "SqliteStore", type("Other", (SqliteStore,), {}))
    monkeypatch.setattr(sqlite, "SqliteStore", PostgresStore)
    assert "`pg_dump`" in refused("backup", "copy.sqlite")
