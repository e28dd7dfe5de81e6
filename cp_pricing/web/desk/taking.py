"""Another question that takes what an answer offers: a level's price, a counteroffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cp_pricing.asking.names import preference_names, term_names
from cp_pricing.asking.question import Question
from cp_pricing.exact import term_shown
from cp_pricing.fields import AS_LISTED, PRICE, solved_field
from cp_pricing.web.desk.controls import Term, tunable_terms

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.fields import FieldName
    from cp_pricing.results import Counteroffer, LadderStep


@dataclass(frozen=True)
class Taking:
    """What could be taken in the place of a question, each as a question of its own."""

    book: PriceBook
    question: Question

    def level(self, step: LadderStep) -> Question | None:
        """What an approval level reaches, asked for; `None` where that is nothing."""
        if step.price is None or PRICE not in self._terms:
            return None
        values = dict(term_shown(field, shown) for field, shown in step.open.items())
        return self._with({**values, PRICE: step.price}, approval=step.level > 0)

    def counteroffer(self, offer: Counteroffer) -> Question:
        """The terms of a counteroffer; its price, too, where a higher one would be preferred."""
        values = dict(term_shown(change.field, change.offered) for change in offer.changes)
        aims = preference_names()
        if aims.get(self.question.preference or "") == "seller_ltv" and PRICE in self._terms:
            values[PRICE] = offer.configuration.price
        return self._with(values, approval=offer.decision == "requires_approval")

    @property
    def _terms(self) -> Mapping[FieldName, Term]:
        plan = self.book.configuration(self.question.plan)
        return {term.field: term for term in tunable_terms(plan, self.book.denomination(plan.id))}

    def _with(self, values: Mapping[FieldName, Value], *, approval: bool) -> Question:
        question = self.question
        plan = self.book.configuration(question.plan)
        named = term_names(self.book.catalog, plan)
        fields, terms = {name: solved_field(field) for name, field in named.items()}, self._terms
        kept = [one for one in question.terms if fields[one.partition("=")[0]] not in values]
        taken = [
            f"{terms[field].name}={terms[field].written(value)}"
            for field, value in values.items()
            if field in terms and value != AS_LISTED
        ]
        opened = [name for name in question.opened if fields[name] not in values]
        # Nothing can be the least commitment once nothing is left open.
        aim = question.preference if opened or question.preference != "least" else None
        both = question.approval or approval
        return replace(question, terms=kept + taken, opened=opened, preference=aim, approval=both)
