"""What is put on record: a request, the price book it was put to, and the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cp_pricing.asking.keeping import Kept, text_with
from cp_pricing.book.loading import digest_of, parse_price_book, parse_requests
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.catalog.plans import PlanDenomination
from cp_pricing.files.texts import REQUESTS
from cp_pricing.quotes.log.acting import ConflictError
from cp_pricing.quotes.log.entries import canonical, hash_of
from cp_pricing.quotes.log.events import Broken, Waived
from cp_pricing.quotes.signing import slack_between
from cp_pricing.results import Breach, RuleReport, TuningResult
from cp_pricing.words.facts import figures, purpose


@dataclass(frozen=True, slots=True)
class Solved:
    """A request, its price book, and the result of `solve`, with its rules."""

    book: PriceBook
    request: TuningRequest
    result: TuningResult

    @property
    def catalog(self) -> PlanDenomination:
        """What the numbers of the plan are in."""
        return self.book.denomination(self.request.configuration)

    @property
    def waived(self) -> tuple[Waived, ...]:
        """The rules that the answer breaks and somebody has to sign for, with their sides."""
        signed = {rule for approval in self.result.approvals for rule in approval.rules}
        return tuple(_waived(rule, self.catalog) for rule in self.result.rules if rule.id in signed)


def _waived(rule: RuleReport, catalog: PlanDenomination) -> Waived:
    return Waived(
        rule=rule.id,
        purpose=purpose(rule),
        approvers=rule.approvers,
        broken=tuple(
            Broken(breach=breach, figures=figures(_read_as(rule, breach), catalog))
            for breach in rule.breaches
        ),
    )


def _read_as(rule: RuleReport, breach: Breach) -> RuleReport:
    """A rule with one of its comparisons as what decides it."""
    sides = {name: getattr(breach, name) for name in ("operator", "left", "right", "unit", "share")}
    return rule.model_copy(update={**sides, "slack": slack_between(breach, breach)})


class Documents(NamedTuple):
    """The hashes of the documents of a version, and their contents by hash."""

    book: str
    request: str
    result: str
    contents: Mapping[str, bytes]


def documents_of(solved: Solved) -> Documents:
    """What of a version is kept as it is; raises `ConflictError` for what no files say."""
    book, result = solved.book, solved.result
    if digest_of(book.texts) != book.digest:
        message = "an answer to a policy that was only tried cannot be put on record"
        raise ConflictError(message, "write the change into the policy, or ask without it")
    if result.provenance.price_book_digest != book.digest:
        raise ConflictError("the answer is from another price book than this one")
    if not result.rules and result.decision in {"accepted", "requires_approval"}:
        raise ConflictError("the answer does not say how its rules read")
    texts = canonical(dict(book.texts)), as_written(solved), result.model_dump_json()
    hashes = [hash_of(text) for text in texts]
    return Documents(
        book=hashes[0],
        request=hashes[1],
        result=hashes[2],
        contents={each: text.encode() for each, text in zip(hashes, texts, strict=True)},
    )


def as_written(solved: Solved) -> str:
    """A request as a file of one."""
    cards = frozenset(plan.id for plan in solved.book.catalog.configurations if plan.is_card)
    empty = Kept(Path(REQUESTS), None, frozenset(), (), cards)
    return text_with(empty, [solved.request])


def put_to(book: PriceBook, solved: Solved) -> TuningRequest:
    """The same request, put to another price book; raises `InputError` where that has no answer."""
    (request,) = parse_requests(book, as_written(solved))
    return request


@lru_cache(maxsize=8)
def read_book(content: bytes) -> PriceBook:
    """The price book of a document; the last few are kept, as reading one takes a while."""
    return parse_price_book(json.loads(content))


def read_again(book: bytes, request: bytes, result: bytes) -> Solved:
    """What documents say; the result's numbers are as its JSON shows them."""
    own = read_book(book)
    (asked,) = parse_requests(own, request.decode())
    return Solved(own, asked, TuningResult.model_validate_json(result))
