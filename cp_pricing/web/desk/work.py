"""What workers do for the page: an answer drawn, a result as JSON, offers side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from cp_pricing.asking.names import term_names
from cp_pricing.fields import PRICE
from cp_pricing.report.entries import read_entry
from cp_pricing.tuning import Stage, deal_of, solve, solved
from cp_pricing.web.desk.addresses import Pairs, question_of
from cp_pricing.web.desk.answered import answered
from cp_pricing.web.desk.comparing import MOST_OFFERS, compared, keeping
from cp_pricing.web.desk.drawing import drawn, templates
from cp_pricing.web.desk.forms import Understood, understood_of
from cp_pricing.web.solving.tasks import Reply, Tell

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.results import TuningResult

Detail: TypeAlias = Literal["decision", "rules", "full"]
DETAILS: Final[tuple[Detail, ...]] = ("decision", "rules", "full")


def warm_up() -> None:
    """Read what every answer needs once, before somebody waits for it."""
    templates().get_template("answer.html.j2")


def watching(tell: Tell) -> Callable[[Stage], None]:
    """What tells of the stages of a solve."""
    return lambda stage: tell(stage.doing)


def is_lasting(results: Sequence[TuningResult]) -> bool:
    """Whether nothing in some results was cut off by the time."""
    return all(one.decision != "unknown" and not one.completeness.note for one in results)


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """The answer to a question, as a part of the page; `by` is the term whose price is drawn.

    `kept` are the queries of offers that are kept beside it, `may_save` whether there is a record
    to put it on.
    """

    digest: str
    pairs: Pairs
    detail: Literal["rules", "full"]
    by: str
    kept: tuple[str, ...]
    may_save: bool
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve, read and draw it; raises `InputError` for a question with faults."""
        understood = understood_of(book, question_of(self.pairs))
        deal = deal_of(understood.asked.book, understood.request, self.seconds)
        result = solved(deal, self.detail, watching(tell))
        in_full = self.detail == "full"
        lever = _lever(book, understood, self.by) if in_full else ""
        told = answered(understood, read_entry(deal, result), in_full=in_full, lever=lever)
        body = drawn(
            "answer.html.j2", answer=told, may_save=self.may_save, **self._beside(told.query)
        )
        return Reply(body, is_lasting([result]))

    def _beside(self, query: str) -> dict[str, str]:
        """Where to go with the offers that are kept."""
        offers = [*self.kept, query]
        may_keep = query not in self.kept and len(offers) < MOST_OFFERS
        return {
            "kept": keeping(self.kept),
            "keep": f"/ask?{query}{keeping(offers)}" if may_keep else "",
            "compare": compared(list(dict.fromkeys(offers))) if self.kept else "",
        }


def _lever(book: PriceBook, understood: Understood, name: str) -> str:
    """The field of the term by which the price is drawn; the first there is if it is none."""
    plan = book.configuration(understood.question.plan)
    may = [field for field in plan.tunable if field != PRICE and not field.startswith("rates")]
    field = term_names(book.catalog, plan).get(name, "")
    return field if field in may else next(iter(may), "")


@dataclass(frozen=True, slots=True)
class ResultTask:
    """The result of a question as JSON."""

    digest: str
    pairs: Pairs
    detail: Detail
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve it; raises `InputError` for a question with faults."""
        understood = understood_of(book, question_of(self.pairs))
        asked, request = understood.asked, understood.request
        result = solve(
            asked.book,
            request,
            detail=self.detail,
            time_limit=self.seconds,
            watch=watching(tell),
        )
        result = result.model_copy(update={"warnings": (*asked.tried, *result.warnings)})
        return Reply(result.model_dump_json(indent=2).encode(), is_lasting([result]))
