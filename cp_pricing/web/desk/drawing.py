"""The templates of the page: its own, and the parts of the report that it is made of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cp_pricing.files.extras import extra
from cp_pricing.report.page import phrases

if TYPE_CHECKING:
    import jinja2


@cache
def templates() -> jinja2.Environment:
    """The templates; raises `MissingExtraError` without Jinja2."""
    library = extra("jinja2", "the page", "Jinja2", "web")
    environment: jinja2.Environment = library.Environment(
        loader=library.ChoiceLoader(
            [library.PackageLoader("cp_pricing.web"), library.PackageLoader("cp_pricing.report")]
        ),
        # The texts of a price book, and of an address, are not to be trusted.
        autoescape=True,
        undefined=library.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["phrases"] = phrases
    return environment


def drawn(template: str, **values: object) -> bytes:
    """What a template makes of some values."""
    return templates().get_template(template).render(**values).encode()
