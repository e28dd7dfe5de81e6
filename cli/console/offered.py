"""What a shell may complete of a question: plans, profiles, terms, facts and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import click
from click.shell_completion import CompletionItem

from cli.console.inputs import price_book_folder

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import Configuration

Completion: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _from_book(words: Callable[[PriceBook, click.Context], Iterable[str]]) -> Completion:
    """The words that a price book offers, which are none if it has faults."""

    def offered(
        ctx: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from constraints.text.source import InputError
        from cp_pricing.book.loading import load_price_book
        from cp_pricing.files.values import is_line

        try:
            book = load_price_book(price_book_folder(ctx.params.get("folder")))
        except (InputError, click.ClickException):
            return []
        lines = filter(is_line, words(book, ctx))
        return [CompletionItem(word) for word in lines if word.startswith(incomplete)]

    return offered


def _plan(book: PriceBook, ctx: click.Context) -> Configuration | None:
    """The plan that stands in the line already."""
    # While an option still lacks its value, click leaves the arguments unassigned.
    id_ = ctx.params.get("plan") or next(iter(ctx.args), None)
    return next((plan for plan in book.catalog.configurations if plan.id == id_), None)


@_from_book
def plans(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The plans of the price book."""
    del ctx
    return [plan.id for plan in book.catalog.configurations]


@_from_book
def profiles(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The profiles that the plan is available to."""
    plan = _plan(book, ctx)
    return [
        profile.id for profile in book.profiles if plan is None or plan.is_available_to(profile.id)
    ]


@_from_book
def terms(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The terms that can be tuned, each with listed values, or the ends of its range."""
    from cp_pricing.asking.names import examples_of_terms

    plan = _plan(book, ctx)
    return examples_of_terms(plan, book.catalog) if plan else []


@_from_book
def fields(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The terms that may be left open."""
    from cp_pricing.asking.names import open_terms

    plan = _plan(book, ctx)
    return open_terms(plan) if plan else []


@_from_book
def facts(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The facts that the policy declares, with their values where these are few."""
    from cp_pricing.asking.names import examples_of_facts

    del ctx
    return examples_of_facts(book.policy.facts)


@_from_book
def parameters(book: PriceBook, ctx: click.Context) -> Iterable[str]:
    """The parameters of the policy, as they are."""
    del ctx
    return [f"{name}={parameter.text}" for name, parameter in book.policy.parameters.items()]


def preferences(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The preferences by their short names."""
    from cp_pricing.asking.names import SHORT_PREFERENCES

    return [CompletionItem(name) for name in SHORT_PREFERENCES if name.startswith(incomplete)]
