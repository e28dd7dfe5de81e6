"""What is valid in a price book and yet will surprise its seller, each shown with its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.budget import Budgeted
from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import Goal, Optimal
from constraints.language.expressions import Arithmetic, Comparison, Name
from constraints.text.source import Issue
from cp_pricing.authoring.reach import possible
from cp_pricing.book.facts import some_value
from cp_pricing.diagnosis.rules import rule_report
from cp_pricing.fields import LIFETIME_VALUE, LTV_RULE
from cp_pricing.files.located import issue_at
from cp_pricing.files.texts import CATALOG, POLICY, PROFILES
from cp_pricing.model.deal import Space
from cp_pricing.proofs.analysis import pairs_of
from cp_pricing.proofs.deal_space import DealSpace, fact_values_of, whole_space
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import figures
from cp_pricing.words.terms import witness_in_words

if TYPE_CHECKING:
    from cp_pricing.book.loading import Examined
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing
    from cp_pricing.profiles.profile import Profile
    from cp_pricing.proofs.deal_space import FoundDeal

_PREPAID, _TERM, _BILL = "prepaid_amount", "contract_duration_months", "expected_monthly_bill"
_BEYOND_USE = "@beyond use"
_IS_BEYOND_USE = Comparison(">", Name(_PREPAID), Arithmetic("*", Name(_TERM), Name(_BILL)))


def traps_in(
    examined: Examined, pricing: Pricing, seconds: float | None
) -> Iterator[tuple[str, Issue]]:
    """The traps and the kind of each, with so many seconds for all of the solver's answers.

    Without seconds the solver is not asked. What it does not decide is not told.
    """
    solver = None if seconds is None else Budgeted(seconds)
    offers = [pricing.offer(*pair) for pair in pairs_of(examined.book)]
    yield from _Listed(examined, pricing, solver).issues(offers)
    yield from _unobserved(examined, pricing)
    if solver:
        yield from _prepaid_beyond_use(examined, pricing, offers, solver)


class _Listed:
    """Plans that can be tuned, and would be rejected just as the catalog sells them."""

    def __init__(self, examined: Examined, pricing: Pricing, solver: Budgeted | None) -> None:
        self._examined, self._pricing, self._solver = examined, pricing, solver
        self._catalog = examined.book.catalog

    def issues(self, offers: list[Offer]) -> Iterator[tuple[str, Issue]]:
        """One for each rule that such a plan breaks, whatever the facts, and nobody can waive."""
        for offer in offers:
            space = Space.of(offer.canonical, fact_values_of(offer))
            for name in offer.in_force(self._pricing.policy.levels):
                condition = offer.rules[name].condition
                if possible(offer, space, condition, self._solver) is False:
                    yield from self._told(offer, name)

    def _told(self, offer: Offer, name: str) -> Iterator[tuple[str, Issue]]:
        if name != LTV_RULE:
            said = f"breaks the rule `{name}`: {self._figures(offer, name)}"
            hint = "change the plan or the rule, or say in `applies_to` what the rule is about"
        elif offer.reference.configuration != offer.configuration.id:
            said, hint = self._worth_less(offer)
        else:  # no plan is worth more than itself
            return
        place = self._catalog.configurations.index(offer.configuration)
        message = f"as it is sold to `{offer.profile.id}`, `{offer.configuration.id}` {said}"
        issue = issue_at(
            self._examined.roots[CATALOG], ("configurations", place, "id"), message, hint
        )
        yield "rejected-as-listed", replace(issue, severity="warning")

    def _figures(self, offer: Offer, name: str) -> str:
        """Both sides of a comparison; of what is made of several, none of them is the reason."""
        rule = offer.rules[name]
        if not isinstance(rule.require, Comparison):
            return f"it requires {rule.text}"
        facts = {fact: some_value(declared) for fact, declared in offer.facts.items()}
        environment = {**offer.bindings, **offer.canonical, **facts}
        report = rule_report(rule, offer.evaluator(facts), environment)
        return figures(report, self._catalog.denomination(offer.configuration))

    def _worth_less(self, offer: Offer) -> tuple[str, str]:
        """Against which plan its lifetime value falls short, and what to do about it."""
        own = offer.listed.number(Name(LIFETIME_VALUE))
        worth, best, required = (
            f.money(value, self._catalog.currency)
            for value in (own or Fraction(0), offer.reference.ltv, offer.reference.required)
        )
        name, reference = offer.configuration.id, offer.reference.configuration
        said = (
            f"breaks `{LTV_RULE}`: its lifetime value is {worth}, where the {best} of "
            f"`{reference}` require {required}"
        )
        hint = (
            f"say what its deals are measured against (`references: [{name}]`) or whom it is for "
            "(`available_to`), or give those who buy it a profile of their own"
        )
        return said, hint


def _unobserved(examined: Examined, pricing: Pricing) -> Iterator[tuple[str, Issue]]:
    """Profiles whose churn answers to bills, and is taken to be that of several plans at once."""
    catalog = examined.book.catalog
    for place, profile in enumerate(examined.book.profiles):
        if profile.observed_on is not None or not _responds(profile):
            continue
        bills = {
            plan: pricing.offer(plan, profile.id).listed.number(Name(_BILL)) or Fraction(0)
            for plan, whose in pairs_of(examined.book)
            if whose == profile.id
        }
        if len(set(bills.values())) > 1:
            observed = [
                f"{f.money(bill, catalog.currency)} on `{plan}`" for plan, bill in bills.items()
            ]
            message = (
                f"the retention of `{profile.id}` counts as that of whatever plan a deal starts "
                f"from, at an expected bill of {f.listed(observed)} a month"
            )
            hint = f"say where it was observed, such as `observed_on: {next(iter(bills))}`"
            location = ("profiles", place, "retention")
            issue = issue_at(examined.roots[PROFILES], location, message, hint, at_key=True)
            yield "no-observed-plan", replace(issue, severity="warning")


def _responds(profile: Profile) -> bool:
    return len({band.churn_multiplier for band in profile.price_response}) > 1


def _prepaid_beyond_use(
    examined: Examined, pricing: Pricing, offers: list[Offer], solver: Budgeted
) -> Iterator[tuple[str, Issue]]:
    """One deal that needs no approval and in which more is prepaid than will likely be billed."""
    for offer in solver.in_turn([o for o in offers if _PREPAID in o.configuration.tunable]):
        beyond = {_BEYOND_USE: _IS_BEYOND_USE}
        space = DealSpace(pricing, offer, solver, whole_space(offer), beyond)
        deal = _most_prepaid(space)
        if deal is None:
            continue
        message = _beyond_use(space, deal)
        hint = f"add a rule with require: {_PREPAID} <= {_TERM} * {_BILL}"  # too long for a quote
        issue = issue_at(examined.roots[POLICY], ("rules",), message, hint, at_key=True)
        yield "prepaid-beyond-use", replace(issue, severity="warning")
        return


def _most_prepaid(space: DealSpace) -> FoundDeal | None:
    """The deal with the greatest prepayment beyond use, or any; `None` where none is found."""
    wanted = (*space.in_force(0), _BEYOND_USE)
    for goals in ((Goal(Name(_PREPAID), maximise=True),), ()):
        try:
            with space.solver.part(1 / 2):
                result = space.problem.best(wanted, goals)
        except NoModelError:
            return None
        if isinstance(result, Optimal):
            return space.found(result, wanted)
    return None


def _beyond_use(space: DealSpace, deal: FoundDeal) -> str:
    offer = space.offer
    catalog = space.pricing.price_book.denomination(offer.configuration.id)
    evaluator = offer.evaluator(deal.fields)
    prepaid, term, bill = (
        evaluator.number(Name(name)) or Fraction(0) for name in (_PREPAID, _TERM, _BILL)
    )
    return (
        "the policy admits without approval that "
        f"{f.money(prepaid, catalog.currency)} are prepaid where "
        f"{f.money(term * bill, catalog.currency)} are expected to be billed in the term: "
        f"`{offer.configuration.id}` for `{offer.profile.id}` with "
        f"{witness_in_words(deal.deal, catalog)}"
    )
