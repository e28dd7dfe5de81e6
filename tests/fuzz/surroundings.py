"""What is around a price book: links, pipes, other people's files, streams that nobody reads."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tests.fuzz.books import FILES, POLICY, REQUESTS, YAML_FILES, write
from tests.fuzz.command_line import Ended, in_this_process
from tests.fuzz.messages import Fault
from tests.fuzz.trial import FaultError, Outcome, guarded
from tests.support.command import ENVIRONMENT, PROGRAM
from tests.support.places import EXAMPLE

EVERY = 4  # of so many cases one is tried in this process ...
EVERY_SHELL = 250  # ... and one by a shell, whose program takes a second to start
STATUSES = frozenset((0, 1, 2, 3, 74))
ELSEWHERE = "a line of another file"
OUTSIDE = "elsewhere/secret.yaml"
TARGETS = (f"../{OUTSIDE}", "../elsewhere", "nowhere", "policy.yaml", "catalog.yaml")
ODD_TARGETS = ("/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/mem", ".", "..", "x" * 300)
EXTENDED = (
    *(
        f"../{OUTSIDE}",
        "../elsewhere/base.yaml",
        "base.yaml",
        "./base.yaml",
        "policy.yaml",
    ),
    *(
        "sub/../../elsewhere/secret.yaml",
        "/etc/passwd",
        "~/x",
        "file:///etc/passwd",
        "",
        ".",
        "..",
        "/",
    ),
    *(
        "a\\0b",
        "a\\eb",
        "\\ud800",
        "x" * 300,
        "base.yaml/",
        "base.yaml/../base.yaml",
        "../book/base.yaml",
    ),
    *("pipe", "link/secret.yaml", "C:\\\\x", "\\u202e", "-", "/dev/stdin", "/proc/self/environ"),
)
OUTPUTS = (
    *(
        "new",
        "book/new",
        "book/policy.yaml",
        "book/catalog.yaml",
        "book/tuning_requests.json",
        "book",
    ),
    *("book/link", "elsewhere/kept", "nowhere/new", "book/base.yaml", "book/\x1b[31m", "n\udcffw"),
    *("new.html", "book/new.html", "nowhere/new.html", "book/catalog.html"),
    *("book/pipe.unfinished", "x" * 250, "book/schemas", "book/../book/profiles.yaml"),
)
BASH = shutil.which("bash") or "/bin/bash"
LIMITS = ("0.0001", "0.001", "0.01", "0.5")
# Commands by what they may change: nothing, the policies of the book, the output that is named if
# it is not read; or they may make new files.
COMMANDS = {
    "nothing": (
        "solve {book} --request high-included --format json --time-limit {limit}",
        "solve {book} --requests {out} --time-limit {limit}",
        "explain {book} --request seller-ltv --time-limit {limit}",
        "models {book}",
        "policy check {book} --static",
        "policy check {book} --time-limit {limit}",
        "policy fmt {book}/link --diff",
        "policy test {book} --tests {out}",
        "policy compare {book} {out} --budget {limit}",
        "batch {book} --requests {book}/none --out {out}.jsonl --errors {out}",
    ),
    "policies": ("policy fmt {book}", "policy fmt {book}/base.yaml", "policy fmt {book}/link"),
    "output": (
        "policy test {book} --junit {out} --time-limit {limit}",
        "report {book} --request high-included --out {out} --time-limit {limit}",
    ),
    "new": ("policy schema --out {out}", "policy init {out}"),
}
STREAMS = (
    ">&-",
    "2>&-",
    "<&-",
    ">/dev/full",
    "2>/dev/full",
    ">&- 2>&- <&-",
    "| true",
    "2>&1 | true",
)
SHELL_STATUSES = STATUSES | {141}
State: TypeAlias = dict[str, tuple[int, bytes]]


def surroundings_outcome(seed: int) -> Outcome:
    """What became of a command on a book in bad company, if the case is one of the sample."""
    outcome = Outcome()
    tries = [_tried_here] * (seed % EVERY == 0) + [_tried_in_shell] * (seed % EVERY_SHELL == 0)
    for tried in tries:
        rng = Random(f"{seed}:around")  # noqa: S311 - repeatable tests, not secrets
        with TemporaryDirectory() as name:
            outcome.faults += [(seed, fault) for fault in tried(rng, Path(name))]
        outcome.kinds[tried.__name__.strip("_")] += 1
    return outcome


def _tried_here(rng: Random, top: Path) -> Iterator[Fault]:
    changes = _surround(rng, top)
    may = rng.choice(tuple(COMMANDS))
    form, given = rng.choice(COMMANDS[may]), rng.choice(OUTPUTS)
    fill = {"book": str(top / "book"), "out": str(top / given), "limit": rng.choice(LIMITS)}
    words = [word.format(**fill) for word in form.split()]
    before = _state(top)
    try:
        ended = guarded("solve", partial(in_this_process, words))
    except FaultError as error:
        yield Fault(f"around: {error.fault.kind}", f"{words} {changes}\n{error.fault.detail}")
        return
    shown = (
        f"{words} {changes}\nstatus {ended.status}\n{ended.stdout[:2000]}\n{ended.stderr[:2000]}"
    )
    # Whoever names a file may read it: a command quotes the requests that it was given.
    own = os.path.realpath(fill["out"]) == os.path.realpath(top / OUTSIDE)
    yield from (Fault(f"around: {kind}", shown) for kind in _told_wrong(ended, own=own))
    for path in _changed(before, _state(top)) - _may_change(may, top, given, before):
        yield Fault("around: a file is touched that should not be", f"{path}\n{shown}")


def _told_wrong(ended: Ended, *, own: bool) -> Iterator[str]:
    if ended.status not in STATUSES:
        yield f"status {ended.status}"
    told = ended.stdout + ended.stderr
    if "Traceback" in told or (ELSEWHERE in told and not own):
        yield "a line of another file, or a traceback"
    if not told.replace("\n", "").isprintable():
        yield "a character that controls a terminal"


def _may_change(may: str, top: Path, given: str, before: State) -> set[str]:
    """The paths that a command may make or change."""
    book = top / "book"
    extended = b"base.yaml" in before[str(book / POLICY)][1]
    read = {os.path.realpath(book / name) for name in (*FILES, *["base.yaml"] * extended)}
    match may:
        case "policies":
            inside = (os.path.realpath(book / name) for name in (POLICY, "base.yaml", "link"))
            return {path for path in inside if path.startswith(f"{book}{os.sep}")}
        case "output":
            return {os.path.realpath(top / given)} - read
        case "new":
            return _state(top).keys() - before.keys()
        case _:
            return set()


def _changed(before: State, after: State) -> set[str]:
    paths = before.keys() | after.keys()
    return {path for path in paths if before.get(path) != after.get(path)}


def _tried_in_shell(rng: Random, top: Path) -> Iterator[Fault]:
    _write_example(top)
    form, streams = rng.choice(sum(COMMANDS.values(), ())), rng.choice(STREAMS)
    words = form.format(book="book", out="new", limit=rng.choice(LIMITS)).split()
    line = f'"$@" {streams}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        [BASH, "-c", line, "bash", *PROGRAM, *words],
        cwd=top,
        env=dict(ENVIRONMENT),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode not in SHELL_STATUSES or b"Traceback" in done.stderr:
        yield Fault(f"streams: status {done.returncode}", f"{words} {streams}\n{done.stderr!r}")


# --- the company ----------------------------------------------------------------------------


def _write_example(top: Path) -> None:
    (top / "book").mkdir()
    (top / "elsewhere").mkdir()
    write({name: (EXAMPLE / name).read_bytes() for name in FILES}, top / "book")


def _surround(rng: Random, top: Path) -> list[str]:
    """A valid book, and what a stranger has put beside it and into it; what that was."""
    _write_example(top)
    (top / OUTSIDE).write_text(f"{ELSEWHERE}: [\n")
    (top / "elsewhere" / "base.yaml").write_bytes((EXAMPLE / POLICY).read_bytes())
    (top / "elsewhere" / "kept").write_text("kept")
    (top / "book" / "base.yaml").write_bytes((EXAMPLE / POLICY).read_bytes())
    changes = [rng.choice(_CHANGES) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    return [f"{change.__name__} {change(rng, top / 'book')}" for change in changes]


def _replaced(folder: Path, name: str) -> Path:
    path = folder / name
    if os.path.lexists(path):
        path.unlink()
    return path


def _link(rng: Random, folder: Path) -> str:
    name = rng.choice((*FILES, POLICY, "base.yaml", "link"))
    target = rng.choice((*TARGETS, *TARGETS, *ODD_TARGETS))
    _replaced(folder, name).symlink_to(target)
    return f"{name} -> {target}"


def _pipe(rng: Random, folder: Path) -> str:
    name = rng.choice((*YAML_FILES, REQUESTS, "base.yaml", "pipe", "policy_tests.yaml"))
    os.mkfifo(_replaced(folder, name))
    return name


def _extend(rng: Random, folder: Path) -> str:
    written = rng.choice(EXTENDED)
    file = rng.choice((POLICY, POLICY, "base.yaml"))
    _replaced(folder, file).write_text(f'extends: "{written}"\n')
    return f"{file} extends {written}"


def _unreadable(rng: Random, folder: Path) -> str:
    name = rng.choice(FILES)
    _replaced(folder, name).write_bytes(rng.choice((b"", b"\0", b"\xff\xfe", b"\x1b]0;x\x07: [")))
    return name


def _foreign(rng: Random, folder: Path) -> str:
    """Somebody's file where the program may want to write."""
    place = rng.choice(("schemas", "link", "pipe.unfinished"))
    _replaced(folder, place).write_text("mine")
    return place


_CHANGES: tuple[Callable[[Random, Path], str], ...] = (
    *(_link, _link, _pipe, _extend, _extend, _unreadable, _foreign),
)


def _state(top: Path) -> State:
    """Every file below a folder: its mode, and its content or where a link leads."""
    return dict(_files(top))


def _files(top: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            content = b""
            if path.is_symlink():
                content = os.fsencode(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            yield str(path), (path.lstat().st_mode, content)
