"""What a server is told when it is started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"


def _processors() -> int:
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to serve which price book, and the limits of whoever asks.

    `names` are host names by which it may be asked besides those of this machine. `seconds` are
    for one question, `rate` is that of one client in requests a second, `most_bytes` is for the
    body of one request, `store` where quotes are kept, if they are. Where one of the
    `trusted_proxies` asks, by its address, the `identity_header` says who has signed in there.
    """

    folder: Path
    policy_root: Path | None = None
    host: str = LOOPBACK
    names: tuple[str, ...] = ()
    seconds: float = 30.0
    workers: int = 0
    rate: float = 100.0
    most_bytes: int = 1_000_000
    store: str = ""
    identity_header: str = ""
    trusted_proxies: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
        return not is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Whether only whoever is at this machine can ask: then nobody has to sign in."""
        return not (self.is_open or self.names or self.identity_header)

    def trusts(self, client: str) -> bool:
        """Whether who asks from an address may say who has signed in."""
        return bool(self.identity_header) and _address(client) in map(
            _address, self.trusted_proxies
        )

    @property
    def worker_count(self) -> int:
        """Worker processes of each lane; two at least, so that a hard question leaves one."""
        return self.workers or max(2, _processors())


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address of the net; one of version 4 that is written as one of version 6 is the same."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
