"""An edit that a result proposes, made in the text of a policy file."""

from __future__ import annotations

import json

import yaml

from tests.oracle.case import CONFIDENCE_RULE, LTV_RULE


def edited(policy: str, rule: str, new: str) -> str:
    """The policy file with a rule's condition, or a setting of a built-in rule, replaced."""
    root = yaml.compose(policy, Loader=yaml.SafeLoader)
    if root is None:
        raise TypeError("a policy is not empty")
    if rule in {LTV_RULE, CONFIDENCE_RULE}:
        ltv = _under(root, "ltv")
        key, _, value = new.partition(": ")
        if rule == CONFIDENCE_RULE:  # a percentage is no text
            return _replaced(policy, _under(_under(ltv, "confidence"), key), value)
        return _with_setting(policy, ltv, key, json.dumps(value))
    rules = _under(root, "rules")
    if not isinstance(rules, yaml.SequenceNode):
        raise TypeError("a policy has a list of rules")
    node = next(one for one in rules.value if _under(one, "id").value == rule)
    return _replaced(policy, _under(node, "require"), json.dumps(new))


def _entries(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("a mapping is needed")
    return list(node.value)


def _under(node: yaml.Node, key: str) -> yaml.Node:
    return next(value for name, value in _entries(node) if name.value == key)


def _with_setting(policy: str, node: yaml.Node, key: str, value: str) -> str:
    """The text with a setting replaced, or put first where it is not there yet."""
    for name, old in _entries(node):
        if name.value == key:
            return _replaced(policy, old, value)
    mark = _entries(node)[0][0].start_mark
    flow = isinstance(node, yaml.MappingNode) and node.flow_style
    gap = ", " if flow else "\n" + " " * mark.column
    return f"{policy[: mark.index]}{key}: {value}{gap}{policy[mark.index :]}"


def _replaced(policy: str, node: yaml.Node, text: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    # A block scalar ends where the next line starts.
    line_end = "\n" if policy[start:end].endswith("\n") else ""
    return f"{policy[:start]}{text}{line_end}{policy[end:]}"
