"""What a form of a page sends, read by itself: names and texts, nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from cp_pricing.web.problems import refusal

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 50


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; raises `RefusedError` for anything else."""
    body = await request.body()
    if body and request.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
        raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send `{MEDIA_TYPE}`")
    try:
        text = body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "this is no form") from None
    return {name: value.strip() for name, value in pairs}


def age(text: str) -> timedelta | None:
    """An age in days as people write it; `None` for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len("100000")
    return timedelta(days=int(text)) if is_number else None


def day(text: str, name: str) -> date:
    """A day as forms send it; raises `RefusedError`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        words = f"`{name}` must be a day like 2027-03-31"
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, words) from None
