"""What a customer asks for otherwise: controls that take tunable values, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from constraints.text.spoken import spoken_numbers
from cp_pricing.asking.keeping import inputs_written, json_text
from cp_pricing.fields import is_price
from cp_pricing.quotes.choices import MEMBERS
from cp_pricing.quotes.wishes import CUSTOMER
from cp_pricing.web.desk.controls import Control, Term, offered_control, value_sent
from cp_pricing.words import numbers as f
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.fields import FieldName
    from cp_pricing.quotes.choices import Choice, Size
    from cp_pricing.quotes.links import Shown

_SIZE: Final = "size."


def controls_of(shown: Shown) -> tuple[Control, ...]:
    """A control for each term and size that may be otherwise."""
    return (
        *(_control(one, shown) for one in shown.choices),
        *(_sized(one, shown) for one in shown.sizes),
    )


def wishes_of(fields: Mapping[str, str], shown: Shown) -> tuple[str, list[str]]:
    """What the controls have sent, as the JSON text of a wish; and what they cannot have sent."""
    inputs: dict[FieldName, Value] = {}
    sizes: dict[str, Fraction] = {}
    faults = []
    for choice in shown.choices:
        control = _control(choice, shown)
        if sent := fields.get(control.name):
            value = value_sent(_term(choice, shown), choice.bounds, sent)
            if value is None:
                faults.append(f"{control.label}: {_refusal(choice, shown)}.")
            elif value != choice.offered:
                inputs[choice.field] = value
    for size in shown.sizes:
        control = _sized(size, shown)
        if sent := fields.get(control.name):
            numbers = spoken_numbers(sent)
            if len(numbers) == 1 and numbers[0] > 0:
                sizes[size.name] = numbers[0]
            else:
                faults.append(f"{control.label}: write a number, such as 12 or 5M.")
    return _written(inputs, sizes, shown) if inputs or sizes else "", faults


def _written(inputs: Mapping[FieldName, Value], sizes: dict[str, Fraction], shown: Shown) -> str:
    wish: dict[str, object] = dict(inputs_written(inputs, is_card=shown.catalog.is_card))
    members = {name: own for name, own in sizes.items() if name == MEMBERS}
    units = {name: own for name, own in sizes.items() if name != MEMBERS}
    own = next(iter(units.values())) if units and len(shown.catalog.meters) == 1 else units
    if sizes:
        wish[CUSTOMER] = {**members, **({"monthly_units": own} if units else {})}
    return json_text(wish)


def _term(choice: Choice, shown: Shown) -> Term:
    return Term(choice.name, choice.field, shown.catalog)


def _control(choice: Choice, shown: Shown) -> Control:
    return offered_control(_term(choice, shown), choice.bounds, choice.offered)


def _refusal(choice: Choice, shown: Shown) -> str:
    possible = f.bounds_in_words(choice.field, choice.bounds, choice.offered, shown.catalog)
    if not is_price(choice.field):
        return f"it can be {possible}"
    # Which prices may be tuned is the seller's own, but not by which steps they go.
    _, stepping, step = possible.partition(" in steps of ")
    return f"write another number{stepping}{step}, or tell us below what you think of"


def _sized(size: Size, shown: Shown) -> Control:
    """A size is a number of any kind; what the customer has not said is not told."""
    said = "" if size.said is None else f"as you said: {f.exact(size.said)}"
    label = "Members" if size.name == MEMBERS else _use(size, shown)
    return Control(f"{_SIZE}{size.name}", label, "text", "", said or "as estimated")


def _use(size: Size, shown: Shown) -> str:
    return f"{capital(f.plural(f.unit_of(size.name, shown.catalog)))} a month"
