#!/usr/bin/env python3
"""Everything that is run in a checkout, with nothing but Python: `python3 dev.py help`.

The first run makes `.venv` from requirements.lock; later runs see by a stamp that nothing has
changed. Down to the check of the version, the syntax is kept to what old interpreters read.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets here, and is told
    sys.exit(
        f"error: cp-pricing needs Python 3.11 or newer; {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}\n"
        "hint: name a newer one, as in `python3.12 dev.py solve`"
    )

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any, NoReturn, TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
AUDIT_VENV = ROOT / ".venv-audit"
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "requirements.lock"
# What audits the lock is no part of it, and in an environment of its own.
AUDIT_LOCK = ROOT / "audit.lock"
DIST = ROOT / "dist"
PACKAGES = ("constraints", "cp_pricing", "cli")
# To build another project's sources would fetch what no lock names.
WHEELS_ONLY = ("--only-binary", ":all:")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
# To compile every file of pandas nearly doubles the time; Python compiles what is imported, once.
INSTALL = ("install", "--no-compile")
# Each worker begins by importing the solver; a few are enough.
MAXIMUM_WORKERS = 4


def say(text: str) -> None:
    """Tell the person at the terminal; standard output belongs to the tool that is run."""
    print(text, file=sys.stderr, flush=True)


def fail(message: str, hint: str) -> NoReturn:
    """End with status 1, a message and what to do about it."""
    sys.exit(f"error: {message}\nhint: {hint}")


def status(
    *command: str | Path,
    cwd: Path = ROOT,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run a command and return its exit status."""
    # A path of the caller's could stand in for what is to be checked, and a start of the solver
    # takes seconds where nothing may be compiled.
    hidden = {"PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        command, cwd=cwd, env=environment, stdout=stdout, stderr=stderr, check=False
    ).returncode


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, its output on standard error, and end with its exit status if not 0."""
    end_if_failed(status(*command, cwd=cwd, stdout=sys.stderr), *command)


def run_quietly(*command: str | Path) -> None:
    """Run a command as `run` does, but show what it says only if it fails."""
    code, said = heard(*command)
    if code:
        say(said)
    end_if_failed(code, *command)


def heard(*command: str | Path) -> tuple[int, str]:
    """Run a command and return its exit status and all that it says."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        code = status(*command, stdout=said, stderr=said)
        said.seek(0)
        return code, said.read().rstrip()


def end_if_failed(code: int, *command: str | Path) -> None:
    """End with a command's exit status, and say which one it was, unless it is 0."""
    if code:
        say(f"error: exit status {code} from: {' '.join(map(str, command))}")
        sys.exit(code)


def program(name: str, venv: Path = VENV) -> Path:
    """Return the path of a program in a virtual environment."""
    return venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name


# --- the virtual environment ---------------------------------------------------------------


def digest(*parts: str) -> str:
    """Return the SHA-256 of the parts, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def pyproject() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))


def requirements_digest() -> str:
    """Return the digest of what pyproject.toml asks the lock to resolve."""
    asked = pyproject()
    keys = ("requires-python", "dependencies", "optional-dependencies")
    project = [asked["project"].get(key) for key in keys]
    return digest(json.dumps([project, asked.get("dependency-groups"), asked["build-system"]]))


def environment_digest() -> str:
    """Return the digest of everything that `.venv` is made from besides the lock."""
    asked = pyproject()
    installed = [asked["build-system"], asked["project"], asked["tool"]["hatch"]]
    return digest(json.dumps(installed), str(ROOT))


def make_venv(folder: Path) -> None:
    """Make an empty virtual environment with pip, or end with the reason why not."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        fail(
            f"{sys.executable} cannot make a virtual environment: `{missing[0]}` is missing",
            "on Debian and Ubuntu: apt-get install python3-venv",
        )
    run_quietly(sys.executable, "-m", "venv", "--clear", folder)


def is_usable(venv: Path) -> bool:
    """Tell whether a virtual environment works, has pip and is of this Python's version."""
    check = "import pip, sys; print('{}.{}'.format(*sys.version_info))"
    python = program("python", venv)
    # `exists` is false for the dangling link of a Python that has been removed.
    if not python.exists():
        return False
    found = subprocess.run((python, "-c", check), capture_output=True, text=True, check=False)
    return found.stdout.strip() == "{}.{}".format(*sys.version_info)


def set_up() -> None:
    """Make or update `.venv` from the lock and install this project in it, if anything changed."""
    project = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    make_up_to_date(VENV, LOCK, environment_digest(), project)


def set_up_audit() -> None:
    """Make or update `.venv-audit`, with the tools that look at the lock, if anything changed."""
    make_up_to_date(AUDIT_VENV, AUDIT_LOCK, str(ROOT))


def make_up_to_date(
    venv: Path, lock: Path, more: str, project: tuple[str | Path, ...] = ()
) -> None:
    """Make or update an environment from a lock and `more`, if anything changed."""
    version = "{}.{}".format(*sys.version_info)
    wanted = digest(lock.read_text(encoding="utf-8"), more, version)
    stamp = venv / "cp-pricing.stamp"
    if stamp.exists() and program("python", venv).exists() and stamp.read_text() == wanted:
        return
    start = time.monotonic()
    say(f"setting up {venv.name} from {lock.name}; the first time this takes a minute or two ...")
    stamp.unlink(missing_ok=True)
    if not is_usable(venv):
        make_venv(venv)
    pip = (program("python", venv), *PIP)
    hashed = ("--require-hashes", *WHEELS_ONLY, "--requirement", lock)
    # pip warns of every index that does not have a package, even where another one has it.
    run_quietly(*pip, *INSTALL, *hashed)
    if project:
        run_quietly(*pip, *INSTALL, *project)
    stamp.write_text(wanted)
    say(f"set up in {time.monotonic() - start:.0f} s")


# --- the lock ------------------------------------------------------------------------------


def lock_header() -> str:
    """Return the first line of a lock that answers pyproject.toml as it is."""
    return f"# made by `python3 dev.py lock` for requirements {requirements_digest()}\n"


def lock_faults() -> list[str]:
    """Say what is wrong with the locks: out of date, or naming where packages are."""
    faults = []
    for lock in (LOCK, AUDIT_LOCK):
        text = lock.read_text(encoding="utf-8")
        if not text.startswith(lock_header()):
            faults.append(f"{lock.name} is older than pyproject.toml: python3 dev.py lock")
        if "://" in text or re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE):
            faults.append(f"{lock.name} names an address or an option of pip")
    return faults


def lock(*arguments: str) -> None:
    """Resolve both locks anew, keeping versions; `--upgrade` takes the newest."""
    set_up()
    with tempfile.TemporaryDirectory() as folder:
        backend = Path(folder, "build-system.in")
        backend.write_text("\n".join(pyproject()["build-system"]["requires"]), encoding="utf-8")
        resolve(LOCK, PYPROJECT, backend, "--group", "dev", *arguments)
    resolve(AUDIT_LOCK, "--group", "audit", *arguments)


def resolve(lock: Path, *inputs: str | Path) -> None:
    """Write one lock, for every system and every Python that is supported."""
    target = lock.with_suffix(".new")
    if lock.exists():
        shutil.copyfile(lock, target)
    oldest = pyproject()["project"]["requires-python"].removeprefix(">=")
    options = ("--universal", "--python-version", oldest, "--generate-hashes", *WHEELS_ONLY)
    output = ("--no-header", "--no-annotate", "--quiet", "--output-file", target)
    run(program("uv"), "pip", "compile", *options, *output, *inputs)
    target.write_text(lock_header() + target.read_text(encoding="utf-8"), encoding="utf-8")
    target.replace(lock)
    say(f"{lock.name} is up to date")


# --- the audit -----------------------------------------------------------------------------


def audit() -> None:
    """Check the lock's licences and known vulnerabilities; status 3 if these cannot be asked."""
    set_up()
    set_up_audit()
    # Which licences are allowed is in pyproject.toml, which the tool reads.
    failed, said = heard(program("pip-licenses", AUDIT_VENV), "--python", program("python"))
    vulnerable, unasked = vulnerabilities()
    for line in [said] * bool(failed) + vulnerable:
        say(line)
    if unasked:
        say(f"audit: nobody could be asked about the vulnerabilities of {unasked} packages")
    if failed or vulnerable:
        sys.exit("audit: failed")
    if unasked:
        sys.exit(3)
    say("audit: passed")


def vulnerabilities() -> tuple[list[str], int]:
    """Return what is known against the packages of the lock, and of how many nobody could tell."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off")
        output = ("--format", "json", "--output", report)
        # The status is 1 for a vulnerability and for a service that does not answer, and 0 where
        # the service knows none of the packages.
        tool = program("pip-audit", AUDIT_VENV)
        _, said = heard(tool, "--requirement", LOCK, *options, *output)
        if not report.exists():
            say(said)
            return [], len(pins())
        packages = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    told = [
        f"{package['name']} {package['version']}: {each['id']}"
        f", mended in {', '.join(each['fix_versions']) or 'no release'}"
        for package in packages
        for each in package.get("vulns", ())
    ]
    return told, sum("skip_reason" in package for package in packages)


def pins() -> list[str]:
    """Return the versions that the lock names."""
    return re.findall(r"^[^\s#][^\\\n]*", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def bill_of_materials(wheel: Path) -> Path:
    """Write what the lock holds beside the wheel, as CycloneDX, the same bytes each time."""
    set_up_audit()
    path = wheel.with_name(f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
    what = ("requirements", LOCK, "--pyproject", PYPROJECT, "--mc-type", "application")
    how = ("--output-reproducible", "--output-format", "JSON", "--output-file", path)
    run_quietly(program("cyclonedx-py", AUDIT_VENV), *what, *how)
    return path


# --- what people run -----------------------------------------------------------------------


def solve(*arguments: str) -> None:
    """Run `cp-pricing solve`: the pilot, unless the arguments name another price book."""
    set_up()
    sys.exit(status(program("cp-pricing"), "solve", *arguments, cwd=Path.cwd()))


def test(*arguments: str) -> None:
    """Run the tests in parallel; arguments go to pytest, as in `test tests/laws -k ltv`."""
    set_up()
    workers = str(min(MAXIMUM_WORKERS, os.cpu_count() or 1))
    sys.exit(status(program("python"), "-m", "pytest", "--numprocesses", workers, *arguments))


def lint() -> None:
    """Check style, format, types, the directions of imports and the lock."""
    set_up()
    checks = {
        "ruff check": (program("ruff"), "check"),
        "ruff format": (program("ruff"), "format", "--check"),
        "mypy": (program("mypy"),),
        "lint-imports": (program("lint-imports"), "--no-cache"),
    }
    failed = [name for name, command in checks.items() if status(*command)]
    faults = lock_faults()
    for fault in faults:
        say(fault)
    failed += ["lock"] * bool(faults)
    if failed:
        sys.exit(f"lint: failed: {', '.join(failed)}")
    say("lint: passed")


def shape(*folders: str) -> None:
    """Measure the code: sizes, names, comments, imports; with FOLDERS, other checkouts too."""
    others = [Path(folder).resolve() for folder in folders]
    sys.exit(status(sys.executable, "-m", "tests.support.shape", *others, ROOT))


def build() -> Path:
    """Build the wheel into `dist` and return its path."""
    for old in DIST.glob("cp_pricing-*.whl"):
        old.unlink()
    here = ("--no-deps", "--no-build-isolation", "--wheel-dir", DIST, ROOT)
    run_quietly(program("python"), *PIP, "wheel", *here)
    (built,) = DIST.glob("cp_pricing-*.whl")
    names = set(zipfile.ZipFile(built).namelist())
    missing = {f"{package}/py.typed" for package in PACKAGES} - names
    if missing:
        fail(f"{built.name} lacks {', '.join(sorted(missing))}", "see [tool.hatch] in pyproject")
    return built


def wheel() -> None:
    """Build the wheel and its bill of materials, and try it alone in an empty folder."""
    set_up()
    built = build()
    bill = bill_of_materials(built)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = folder / "empty"
        empty.mkdir()
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(pins()), encoding="utf-8")
        make_venv(folder / "venv")
        # What the wheel itself asks for is installed, not the whole lock: that is on trial too.
        pip = (program("python", folder / "venv"), *PIP)
        run_quietly(*pip, *INSTALL, *WHEELS_ONLY, "--constraint", constraints, built)
        command = program("cp-pricing", folder / "venv")
        for argument in ("--version", "solve", "books"):
            run(command, argument, cwd=empty)
    say(f"wheel: {built.relative_to(ROOT)} installs and solves the pilot")
    say(f"wheel: {bill.relative_to(ROOT)} says what the lock holds")


COMMANDS = {each.__name__: each for each in (solve, test, lint, shape, wheel, lock, audit)}


def usage() -> str:
    """Return the help text: each command with its description."""
    lines = [f"  {name:6} {command.__doc__}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: python3 dev.py COMMAND [ARGUMENTS]", "", *lines])


def main(arguments: list[str]) -> None:
    """Run the command that the arguments name."""
    name, *rest = arguments or ["help"]
    if name in {"help", "-h", "--help"}:
        print(usage())
    elif name not in COMMANDS:
        fail(f"there is no command `{name}`", f"one of: {', '.join(COMMANDS)}")
    elif rest and name in {"lint", "wheel", "audit"}:
        fail(f"`{name}` takes no arguments", f"python3 dev.py {name}")
    else:
        COMMANDS[name](*rest)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
