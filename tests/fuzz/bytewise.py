"""Damage that knows nothing of a file but its bytes."""

from __future__ import annotations

import codecs
from random import Random

FOREIGN = (
    *(b"\xff", b"\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80"),
    *(b"\x80", b"\xe2\x82", b"\xfc\x80\x80\x80\x80\x80", b"\xe4", b"\0", b"\xef\xbb\xbf", b"\r"),
    *(b"\xc2\x85", b"\xe2\x80\xa8", b"\x1b[2J", b"\0\0\0\0", b"\xef\xbf\xbe", b"\xef\xbf\xbf"),
)


def flip(rng: Random, content: bytes) -> bytes:
    """Turn over one bit, or a few."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 5)) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(rng: Random, content: bytes) -> bytes:
    place = _place(rng, content)
    return content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]


def insert_foreign(rng: Random, content: bytes) -> bytes:
    place = rng.choice((0, len(content), _place(rng, content)))
    return content[:place] + rng.choice(FOREIGN) + content[place:]


def delete(rng: Random, content: bytes) -> bytes:
    start, end = _range(rng, content)
    return content[:start] + content[end:]


def duplicate(rng: Random, content: bytes) -> bytes:
    start, end = _range(rng, content)
    return content[:end] + content[start:end] + content[end:]


def move(rng: Random, content: bytes) -> bytes:
    start, end = _range(rng, content)
    rest = content[:start] + content[end:]
    place = _place(rng, rest)
    return rest[:place] + content[start:end] + rest[place:]


def truncate(rng: Random, content: bytes) -> bytes:
    return content[: _place(rng, content)]


def recode(rng: Random, content: bytes) -> bytes:
    """Save in another encoding."""
    text = content.decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig"))
    return text.encode(encoding, "replace")


def replace_all(rng: Random, content: bytes) -> bytes:
    """Something altogether different, or nothing."""
    noise = bytes(rng.randrange(256) for _ in range(rng.choice((1, 10, 300))))
    marks = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF8 + content)
    blank = (b"", b"\n", b" ", b"\t", b"# x\n", b"---\n", b"...\n", b"null", b"{}", b"[]", b'""')
    return rng.choice((noise, *marks, *blank, b"\r\n" * 3, b"PK\x03\x04" + content, content * 2))


def _place(rng: Random, content: bytes) -> int:
    return rng.randint(0, len(content))


def _range(rng: Random, content: bytes) -> tuple[int, int]:
    start = _place(rng, content)
    longest = rng.choice((1, 1, 2, 8, 40, 400))
    return start, min(len(content), start + rng.randint(1, longest))
