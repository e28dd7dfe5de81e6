"""Policies that extend one another: several files to the one policy that they say together.

Files are merged as nodes, each of which keeps its place, so that whatever is read from the whole
points into the file that says it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from constraints.text.nodes import Mapping, Node, Scalar, Sequence
from constraints.text.source import Issue, Span, did_you_mean
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing.book.policy import Policy
from cp_pricing.fields import SET_UNDER
from cp_pricing.files.located import LAYER, Overriding, heading, read_model
from cp_pricing.files.models import in_a_circle, listed
from cp_pricing.files.scalars import plain_text, quoted
from cp_pricing.files.texts import Texts
from cp_pricing.files.values import is_line

EXTENDS, DISABLE = "extends", "disable"
# What a file may leave to the policy that it extends, or to the one that extends it.
INHERITABLE = frozenset(
    {"policy", "ltv", "horizon_months", "annual_discount_rate", "require", "value"}
)
_NAMES = ("parameters", "facts", "define")
# All layers are merged and checked: a chain of hundreds takes seconds, and nobody could follow it.
LONGEST_CHAIN: Final = 50


def layer_issues(node: Node) -> list[Issue]:
    """What is wrong with a file that may be only a part of a policy."""
    return read_model(Policy, node, LAYER, INHERITABLE)[1]


@dataclass
class Composed:
    """A policy with all that it inherits: its root, what is wrong, and its base files by name.

    There is no root where a base cannot be read: what it would have said is not known.
    """

    root: Node | None
    issues: list[Issue] = field(default_factory=list)
    bases: tuple[str, ...] = ()


def composed(texts: Texts, name: str, root: Node | None, folder: Path | None = None) -> Composed:
    """The policy of a file together with those that it extends; files are relative to it.

    They are taken from the texts, or read from the folder into them, if they are in its roots.
    """
    chain = _Chain(texts, folder)
    layers = chain.layers(name, root)
    policy = Composed(None, chain.issues, tuple(chain.names[1:]))
    if not isinstance(root, Mapping) or EXTENDS not in root.entries:
        policy.root = root
        policy.issues += _disabled_nothing(root)
        return policy
    for layer in layers:
        policy.issues += layer_issues(layer)
    if chain.broken:
        return policy
    # From the base upwards, since each file changes what all those below it say.
    merged, *above = reversed(layers)
    for layer in above:
        merger = _Merger(merged, layer)
        merged = merger.merged()
        policy.issues += merger.issues
    policy.root = merged
    return policy


def _disabled_nothing(root: Node | None) -> Iterator[Issue]:
    if isinstance(root, Mapping) and DISABLE in root.keys:
        hint = "remove the rule, or put `#` before its lines"
        message = "there is no rule to disable without `extends`"
        yield Issue(root.keys[DISABLE].span, message, hint)


class _Chain:
    """The files from a policy up to the last that it extends."""

    def __init__(self, texts: Texts, folder: Path | None) -> None:
        self.texts = texts
        self.folder = folder
        self.names: list[str] = []
        self.issues: list[Issue] = []
        self.broken = False

    def layers(self, name: str, root: Node | None) -> list[Mapping]:
        """The roots of the files, that of the policy itself first."""
        layers: list[Mapping] = []
        self.names = [name]
        node = root
        while isinstance(node, Mapping):
            layers.append(node)
            extends = node.entries.get(EXTENDS)
            if extends is None:
                if len(layers) > 1:
                    self.issues += _disabled_nothing(node)
                return layers
            node = self._base(extends)
        self.broken = len(layers) > 0
        return layers

    def _base(self, extends: Node) -> Node | None:
        """The root of what a file extends; `None`, with an issue, if there is none."""
        written = plain_text(extends)
        if not isinstance(extends, Scalar) or not written or not is_line(written):
            return None  # what is no line of text is a fault of the file that says so
        if fault := _path_fault(written):
            self._refuse(extends.span, *fault)
            return None
        base = posixpath.normpath(posixpath.join(posixpath.dirname(self.names[-1]), written))
        # One file may be reached by several paths, through links or by case: names would not do.
        before = [self._identity(name) for name in self.names]
        if self._identity(base) in before:
            circle = in_a_circle(self.names[before.index(self._identity(base)) :])
            self._refuse(
                extends.span, f"policies extend one another {circle}", "remove one `extends`"
            )
            return None
        if len(self.names) == LONGEST_CHAIN:
            message = f"this is file {LONGEST_CHAIN + 1} of a chain of `extends`"
            hint = f"a policy is made of at most {LONGEST_CHAIN} files: put some of them together"
            self._refuse(extends.span, message, hint)
            return None
        if not self._is_read(base, written, extends.span):
            return None
        self.names.append(base)
        node, issues = parse_yaml(self.texts.texts[base], base)
        self.issues += issues
        if node is not None and not isinstance(node, Mapping):
            self.issues += layer_issues(node)
        return node

    def _identity(self, name: str) -> str:
        return name if self.folder is None else os.path.realpath(self.folder / name)

    def _is_read(self, name: str, written: str, span: Span) -> bool:
        """Whether a base's text is there; an issue tells why not, where the base is named."""
        if name in self.texts.texts:
            return True
        if self.folder is None:
            hint = did_you_mean(name, self.texts.texts)
            self._refuse(span, f"{quoted(written)}: file not found", hint)
            return False
        # Read apart: its issues stand where the base is named, as there is no file for them.
        base = Texts(roots=self.texts.roots)
        base.read(self.folder / name, name)
        self.texts.shown |= base.shown
        self.texts.texts |= base.texts
        for issue in base.issues:
            self._refuse(span, f"{quoted(written)}: {issue.message}", issue.hint)
        return name in base.texts

    def _refuse(self, span: Span, message: str, hint: str = "") -> None:
        self.issues.append(Issue(span, message, hint))


def _path_fault(written: str) -> tuple[str, str] | None:
    """Why a text is no path to a base, and what to write instead."""
    if "\\" in written:
        return "`extends` must be a path with `/`", f"write {quoted(written.replace(chr(92), '/'))}"
    if posixpath.isabs(written) or ":" in written:
        hint = "write it as it is found from the folder of this file, like `shared/base.yaml`"
        return "`extends` must be a path relative to this file", hint
    return None


class _Merger:
    """One policy over the one that it extends; what the upper one says comes first."""

    def __init__(self, base: Mapping, own: Mapping) -> None:
        self.base = base
        self.own = own
        self.issues: list[Issue] = []

    def merged(self) -> Mapping:
        """The whole: what both say, key by key."""
        entries, keys = dict(self.own.entries), dict(self.own.keys)
        for key, value in self.base.entries.items():
            if key in {EXTENDS, DISABLE}:
                continue
            keys.setdefault(key, self.base.keys[key])
            entries.setdefault(key, value)
            if key in _NAMES:
                entries[key] = self._names(key)
            elif key == "ltv":
                entries[key] = _rule_over(value, self.own.entries.get(key))
        if "rules" in entries:
            entries["rules"] = self._rules(entries["rules"])
        self._check_disabled()
        return replace(self.own, entries=entries, keys=keys)

    # --- parameters and definitions ---------------------------------------------------------

    def _names(self, section: str) -> Node:
        """Names of both; one that the upper policy gives, in any section, replaces the other."""
        base, own = self.base.entries[section], self.own.entries.get(section)
        if not isinstance(base, Mapping) or not (own is None or isinstance(own, Mapping)):
            return base if own is None else own
        entries = {} if own is None else dict(own.entries)
        keys = {} if own is None else dict(own.keys)
        others = (self.own.entries.get(other) for other in _NAMES if other != section)
        # A parameter may become a definition in the upper file, which then takes its place.
        moved = {name for other in others if isinstance(other, Mapping) for name in other.entries}
        for name, value in base.entries.items():
            if name in entries and section == "facts":
                continue  # a fact is one kind or another, and not partly both
            if name in entries:
                entries[name] = _renewed(value, entries[name], keys[name])
            elif name not in moved:
                entries[name], keys[name] = value, base.keys[name]
        return replace(own or base, entries=entries, keys=keys)

    # --- rules ------------------------------------------------------------------------------

    def _rules(self, otherwise: Node) -> Node:
        """Rules of the base in their places, as changed, but those disabled; then the new ones."""
        base, own = (part.entries.get("rules") for part in (self.base, self.own))
        if not all(part is None or isinstance(part, Sequence) for part in (base, own)):
            return otherwise
        inherited, given = _items(base), _items(own)
        changes: dict[str, Node] = {}
        for rule in given:
            if (name := _id(rule)) is not None:
                changes.setdefault(name, rule)
        kept = [
            _rule_over(rule, changes.get(_id(rule) or ""))
            for rule in inherited
            if _id(rule) not in self._disabled
        ]
        # Of two rules with one id, the first is the change; the other stays, as a fault to be told.
        taken = {id(changes[name]) for name in self._inherited if name in changes}
        new = [rule for rule in given if id(rule) not in taken and not self._changes_nothing(rule)]
        whole = own if isinstance(own, Sequence) else base
        return replace(whole, items=(*kept, *new)) if isinstance(whole, Sequence) else otherwise

    def _changes_nothing(self, rule: Node) -> bool:
        """Whether a rule is neither complete nor the change of one; if so, an issue says it."""
        name = _id(rule)
        if name is None or not isinstance(rule, Mapping) or "require" in rule.entries:
            return False
        hint = did_you_mean(name, self._inherited) or "a new rule needs `require: ...`"
        message = f"there is no rule {quoted(name)} to change in the policy that this one extends"
        self.issues.append(Issue(rule.entries["id"].span, message, hint))
        return True

    @property
    def _inherited(self) -> list[str]:
        return [name for rule in _items(self.base.entries.get("rules")) if (name := _id(rule))]

    @property
    def _disabled(self) -> set[str]:
        items = _items(self.own.entries.get(DISABLE))
        return {text for item in items if (text := plain_text(item))}

    def _check_disabled(self) -> None:
        """Ids of no rule, and of rules that are changed in the same file."""
        changed = {_id(rule) for rule in _items(self.own.entries.get("rules"))}
        for item in _items(self.own.entries.get(DISABLE)):
            name = plain_text(item)
            if not name:
                continue
            message = hint = ""
            if name in SET_UNDER:
                message = f"`{name}` is a built-in rule, which cannot be disabled"
                hint = f"set `effect: warn` under `{SET_UNDER[name]}`"
            elif name not in self._inherited:
                message = f"there is no rule {quoted(name)} in the policy that this one extends"
                hint = (
                    did_you_mean(name, self._inherited)
                    or f"its rules are {listed(self._inherited)}"
                )
            elif name in changed:
                message = f"{quoted(name)} is disabled and changed at once"
                hint = "remove it from `disable`, or remove the rule"
            if message:
                self.issues.append(Issue(item.span, message, hint))


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _id(rule: Node) -> str | None:
    return plain_text(rule.entries.get("id")) if isinstance(rule, Mapping) else None


def _over(base: Node, own: Node | None) -> Node:
    """The entries of both, those of `own` first; what is no mapping replaces the other whole."""
    if own is None or own is base:
        return base
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    return Overriding(
        own.source,
        own.start,
        own.end,
        own.entries | {k: v for k, v in base.entries.items() if k not in own.entries},
        own.keys | {k: v for k, v in base.keys.items() if k not in own.keys},
        heading(base),
        own,
    )


def _rule_over(base: Node, own: Node | None) -> Node:
    """A rule as changed, without the approver it inherits if its own effect asks for none."""
    node = _over(base, own)
    if not isinstance(node, Overriding) or "approver" in node.own.entries:
        return node
    if plain_text(node.own.entries.get("effect")) not in {"reject", "warn"}:
        return node
    entries = {key: value for key, value in node.entries.items() if key != "approver"}
    keys = {key: value for key, value in node.keys.items() if key != "approver"}
    return replace(node, entries=entries, keys=keys)


def _renewed(base: Node, own: Node, key: Scalar) -> Node:
    """A parameter or definition over another: it keeps a description that it does not give."""
    return _over(_written_out(base, key), _written_out(own, key))


def _written_out(node: Node, key: Scalar) -> Mapping:
    if isinstance(node, Mapping):
        return node
    return Mapping(node.source, node.start, node.end, {"value": node}, {"value": key})
