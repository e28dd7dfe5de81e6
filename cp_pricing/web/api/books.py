"""The price book in force as a document: what can be asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cp_pricing.asking.names import bounds_of_terms
from cp_pricing.web.api.documents import BookDocument, BooksDocument, PlanDocument
from cp_pricing.web.problems import fault_of

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.web.solving.shelf import Shelf


def books(shelf: Shelf) -> BooksDocument:
    """The price books that are served: one."""
    book, faults = shelf.book, shelf.faults
    document = BookDocument(
        digest=book.digest,
        name=book.catalog.name,
        currency=book.catalog.currency,
        plans=tuple(_plans(book)),
        profiles=tuple(profile.id for profile in book.profiles),
        facts={name: str(fact) for name, fact in book.policy.facts.items()},
        parameters={name: one.text for name, one in book.policy.parameters.items()},
        approvers=tuple(book.policy.approvers),
        warnings=tuple(map(fault_of, book.warnings)),
        faults=tuple(map(fault_of, faults.issues if faults else ())),
    )
    return BooksDocument(books=(document,))


def _plans(book: PriceBook) -> list[PlanDocument]:
    return [
        PlanDocument(
            id=plan.id,
            name=plan.name,
            profiles=tuple(p.id for p in book.profiles if plan.is_available_to(p.id)),
            tunable=bounds_of_terms(plan, book.catalog),
        )
        for plan in book.catalog.configurations
    ]
