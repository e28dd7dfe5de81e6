"""Other terms that a customer asks for, checked against what may be tuned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from constraints.text import nodes
from constraints.text.json_nodes import parse_json
from constraints.text.nodes import Node, Scalar
from constraints.text.source import InputError, Issue, Span
from cp_pricing.book.on_sale import by_field
from cp_pricing.book.requests import TuningRequest
from cp_pricing.exact import shown_term
from cp_pricing.fields import FieldName, is_price, solved_field
from cp_pricing.files.located import located, read_model
from cp_pricing.files.models import FrozenMapping
from cp_pricing.quotes.solved import Solved, as_written
from cp_pricing.tuning import deal_of
from cp_pricing.words import numbers as f

WISHES = "wishes"
CUSTOMER = "customer"
_SIZES = frozenset({"members", "monthly_units"})
_SECONDS = 1.0  # of which none is used: nothing is solved here


def wished_request(solved: Solved, wishes: str) -> TuningRequest:
    """A request with other terms: `wishes` is a JSON text of fields and their values.

    Its `customer` says `members` and `monthly_units`, as that of a request does. What is not named
    stays as it was asked for. Raises `InputError` with every fault, with its place in that text; a
    value that cannot be had is one, too.
    """
    node, issues = parse_json(wishes, WISHES)
    if node is not None and not isinstance(node, nodes.Mapping):
        issues = [*issues, Issue(node.span, "must be keys and values")]
    if issues or not isinstance(node, nodes.Mapping):
        raise InputError(issues, {WISHES: wishes})
    wished, size = _without_size(node), node.entries.get(CUSTOMER)
    places = dict(_places(solved, wished))
    before = _without(solved, places, size)
    merged = _with(before, "inputs", None, wished)
    merged = _with(merged, CUSTOMER, node.keys.get(CUSTOMER), size) if size else merged
    request, issues = read_model(TuningRequest, merged, solved.book.on_sale)
    issues += _no_sizes(size)
    if request is not None:
        issues += _not_to_be_had(solved, request, places)
    if issues or request is None:
        raise InputError(issues, {WISHES: wishes})
    return request


def _without_size(wishes: nodes.Mapping) -> nodes.Mapping:
    """The fields that are named."""
    fields = {name: value for name, value in wishes.entries.items() if name != CUSTOMER}
    return replace(wishes, entries=fields, keys={name: wishes.keys[name] for name in fields})


def _no_sizes(size: Node | None) -> Iterator[Issue]:
    """What of a size is none that can be said here."""
    keys = size.keys if isinstance(size, nodes.Mapping) else {}
    for name, key in keys.items():
        if name not in _SIZES:
            yield Issue(key.span, "a customer says `members` and `monthly_units` here")


def _places(solved: Solved, wishes: nodes.Mapping) -> Iterator[tuple[FieldName, Span]]:
    """The fields that are named, as they are solved, and where."""
    entries, context = located(wishes), solved.book.on_sale
    for place, field, _ in by_field(entries if isinstance(entries, dict) else {}, context):
        yield solved_field(field), wishes.keys[place[0]].span


def _without(solved: Solved, named: dict[FieldName, Span], size: Node | None) -> nodes.Mapping:
    """The request as it was, as a node, without what is asked for anew."""
    before = solved.request
    inputs = {name: value for name, value in before.inputs.items() if name not in named}
    opened = tuple(name for name in before.open if name not in named)
    changes: dict[str, object] = {"inputs": FrozenMapping(inputs), "open": opened}
    if not opened and before.preference == "least_commitment":  # of which nothing is left
        changes["preference"] = "lower_usage_price"
    if isinstance(size, nodes.Mapping) and "monthly_units" in size.entries:  # in place of months
        changes["customer"] = before.customer.model_copy(update={"monthly_usage": None})
    kept = replace(solved, request=before.model_copy(update=changes))
    match parse_json(as_written(kept), WISHES)[0]:
        case nodes.Mapping(entries={"requests": nodes.Sequence(items=[nodes.Mapping() as one])}):
            return one
        case _:
            raise ValueError("a request is kept as a file of one")


def _with(request: nodes.Mapping, name: str, key: Scalar | None, said: Node) -> nodes.Mapping:
    """A request that says more under a name, what is by meter beside what it says of others."""
    kept = request.entries.get(name)
    keys = request.keys if name in request.keys or key is None else {**request.keys, name: key}
    entries = {**request.entries, name: said if kept is None else _merged(kept, said)}
    return replace(request, entries=entries, keys=keys)


def _merged(kept: Node, added: Node) -> Node:
    if not isinstance(kept, nodes.Mapping) or not isinstance(added, nodes.Mapping):
        return added
    both = kept.entries.keys() & added.entries.keys()
    together = {name: _merged(kept.entries[name], added.entries[name]) for name in both}
    return replace(
        added,
        entries={**kept.entries, **added.entries, **together},
        keys={**kept.keys, **added.keys},
    )


def _not_to_be_had(
    solved: Solved, request: TuningRequest, places: dict[FieldName, Span]
) -> Iterator[Issue]:
    """The wishes that are outside what may be tuned, with what can be had."""
    deal = deal_of(solved.book, request, _SECONDS)
    plan = deal.offer.configuration
    for field in deal.violations:
        if field not in places:
            continue
        name, asked = shown_term(field, request.inputs[field], is_card=plan.is_card)
        possible = f.bounds_in_words(
            field, plan.tunable.get(field), deal.offer.canonical[field], deal.denomination
        )
        # Which prices may be tuned is the seller's own.
        hint = "ask for another one" if is_price(field) else f"it can be {possible}"
        yield Issue(places[field], f"`{name}` cannot be {asked}", hint)
