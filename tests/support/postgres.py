"""A PostgreSQL server of our own, from the system's packages, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# Where Debian has the programs that are not for everybody's path.
_DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the server's programs; `None` where none is installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(_DEBIAN.glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def _user() -> str | None:
    """Who runs the server: it refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    return next((user.pw_name for user in pwd.getpwall() if user.pw_name == "postgres"), "nobody")


@contextmanager
def server() -> Iterator[str]:
    """A server that only a socket leads to, and the address of its database."""
    folder, user = programs(), _user()
    assert folder is not None
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        if user is not None:
            shutil.chown(name, user)
        data = Path(name, "data")

        def run(program: str, *arguments: str) -> None:
            command = [str(folder / program), *arguments]
            subprocess.run(command, check=True, user=user, cwd=name, capture_output=True)

        run("initdb", "-D", str(data), "-U", "owner", "--auth=trust", "--encoding=UTF8")
        options = f"-k {name} -c listen_addresses=''"
        run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
        try:
            yield f"postgresql:///postgres?host={name}&user=owner"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def emptied(address: str) -> None:
    """Take what a test has left in the database away."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS cp_pricing_quotes CASCADE")
