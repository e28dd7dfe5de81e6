"""The templates' code, made ahead: Jinja takes longer to make it than to draw a report with it."""

from __future__ import annotations

from hashlib import sha256
from importlib import resources

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

ENDING = ".code"


class Shipped(BytecodeCache):
    """The code that is shipped; that of another text, or by another Jinja, is not read."""

    def get_bucket(
        self, environment: jinja2.Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """The code of a template, if it is to be had; else Jinja makes it."""
        bucket = Bucket(environment, name, fingerprint(source))
        file = resources.files("cp_pricing.report.templates").joinpath(name + ENDING)
        made_from, _, code = (
            file.read_text("utf-8").partition("\n") if file.is_file() else ("",) * 3
        )
        if made_from == bucket.checksum:
            bucket.code = compile(code, filename or name, "exec", dont_inherit=True)
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        """Keep nothing: there is no cache on disk."""


def fingerprint(source: str) -> str:
    """What code says that it was made from."""
    return f"jinja2 {jinja2.__version__} {sha256(source.encode()).hexdigest()}"
