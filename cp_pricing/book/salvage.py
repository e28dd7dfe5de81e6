"""What is left of faulty files, so that the faults of one do not hide those of another."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from copy import deepcopy
from typing import Any, TypeAlias, TypeVar

from pydantic import ValidationError

from constraints.language.expressions import names
from constraints.text.nodes import Mapping, Node
from cp_pricing.book.policy import Policy
from cp_pricing.files.located import located
from cp_pricing.files.models import FrozenMapping, Location, Model, file_keys

M = TypeVar("M", bound=Model)
Container: TypeAlias = dict[str, Any] | list[Any]

# A file may nest a fault this deep below what has to go with it.
_ROUNDS = 20
_STAND_INS: AbstractMapping[str, object] = {
    "catalog": "any",
    "configurations": [{"id": "any", "name": "any"}],
    "profiles": [
        {
            "id": "any",
            "monthly_usage": [{"weight": 1, "units": 1}],
            "retention": {"model": "constant", "monthly_churn": 0},
        }
    ],
    "policy": "any",
    "ltv": {"horizon_months": 1, "annual_discount_rate": 0},
}
# Stands where an item was until all that one round removes is gone: places count what was there.
_GONE = object()


def salvaged(model: type[M], node: Node | None) -> M | None:
    """The model without the parts that are faulty; `None` if nothing useful is left."""
    tree = None if node is None else located(node)
    if not isinstance(tree, dict):
        return None
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            targets = [_target(tree, part["loc"]) for part in error.errors(include_url=False)]
            # A fault with no part to be removed would come again in every round.
            if not all(_remove(tree, target) for target in targets):
                return None
            _close_gaps([container for container, _ in targets])
    return None


def _target(tree: Container, location: Location) -> tuple[Container, int | str]:
    """The innermost part that exists on the way to a location, as a container and its key."""
    innermost: tuple[Container, int | str] = (tree, location[0] if location else "")
    value: object = tree
    for part in location:
        match value:
            case dict() if part in value:
                innermost = (value, part)
                value = value[part]
            case list() if isinstance(part, int) and part < len(value):
                innermost = (value, part)
                value = value[part]
            case _:
                pass
    return innermost


def _remove(tree: Container, target: tuple[Container, int | str]) -> bool:
    """Remove a part, or put in what stands for a part that the whole cannot do without."""
    container, key = target
    if isinstance(container, list):
        container[int(key)] = _GONE
    elif key in container:
        del container[str(key)]
    elif container is tree and key in _STAND_INS:
        container[str(key)] = deepcopy(_STAND_INS[str(key)])
    else:
        # Two faults of one part: it has gone already.
        return container is not tree
    return True


def _close_gaps(containers: Iterable[Container]) -> None:
    for container in containers:
        if isinstance(container, list):
            container[:] = [item for item in container if item is not _GONE]


def without_lost_names(policy: Policy, node: Node | None) -> Policy:
    """The policy without what uses a parameter or a definition that has been left out."""
    kept = policy.parameters.keys() | policy.facts.keys() | policy.define.keys()
    lost = _names_in(node) - kept
    define = dict(policy.define)
    while using := {name for name, item in define.items() if names(item.expression) & lost}:
        lost |= using
        define = {name: item for name, item in define.items() if name not in using}
    rules = tuple(
        rule
        for rule in policy.rules
        if not names(rule.require) & lost and not (rule.when and names(rule.when) & lost)
    )
    return policy.model_copy(update={"define": FrozenMapping(define), "rules": rules})


def _names_in(node: Node | None) -> set[str]:
    """The names that a policy's file gives, valid or not, also under a key that is not known."""
    entries = node.entries if isinstance(node, Mapping) else {}
    other_keys = file_keys(Policy) - {"parameters", "facts", "define"}
    sections = [value for key, value in entries.items() if key not in other_keys]
    return {name for part in sections if isinstance(part, Mapping) for name in part.entries}
