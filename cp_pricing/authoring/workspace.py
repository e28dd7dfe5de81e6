"""The files that a policy author works on: found, laid out, made anew."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from constraints.text.source import InputError, Issue, Span, normalised
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing.authoring.layout import formatted
from cp_pricing.authoring.schemas import DIALECT, ROOTS, schema_name, schema_text
from cp_pricing.book.inheritance import composed
from cp_pricing.files.reading import UnreadableError, content_of, is_there, lies_in
from cp_pricing.files.shipped import template_folder
from cp_pricing.files.texts import FILES, POLICY, REQUESTS, TESTS, Texts
from cp_pricing.files.writing import write_whole

SCHEMAS = "schemas"
_WRITTEN = (*FILES, REQUESTS, TESTS)
_MOVE = "move it away, or name another folder"


@dataclass(frozen=True)
class Laid:
    """A file's text before and after it is laid out, with line feeds, and as it is written."""

    path: Path
    before: str
    after: str
    line_end: str

    @property
    def is_changed(self) -> bool:
        """Whether the layout is another."""
        return self.before != self.after

    @property
    def written(self) -> str:
        """The new text with the line ends of the old one."""
        return self.after.replace("\n", self.line_end)


def laid_out(paths: Iterable[Path], *, policy_root: Path | None = None) -> list[Laid]:
    """The policies at some paths, folders or files, laid out; raises `InputError` for any fault."""
    laid: dict[Path, Laid] = {}
    issues: list[Issue] = []
    sources: dict[str, str] = {}
    for path in paths:
        texts = Texts()
        for file, text in _files(path, texts, policy_root):
            if file in laid:
                continue
            try:
                laid[file] = _laid(file, text)
            except InputError as faults:
                issues += faults.issues
                sources |= faults.sources
        issues += texts.issues
    if issues:
        raise InputError(issues, sources)
    return list(laid.values())


def _laid(path: Path, text: str) -> Laid:
    line_end = "\r\n" if "\r\n" in text else "\n"
    return Laid(path, normalised(text), formatted(normalised(text), str(path)), line_end)


def _files(path: Path, texts: Texts, policy_root: Path | None) -> Iterator[tuple[Path, str]]:
    """The file at a path, or a folder's policy and what it extends in the same folder.

    None of them leads to another folder, where nothing may be written.
    """
    if not (is_there(path) and path.is_dir()):
        texts.roots = (path.parent,)
        texts.read(path, str(path))
        if str(path) in texts.texts:
            yield path, texts.texts[str(path)]
        return
    inside = Texts(roots=(path,))
    inside.read(path / POLICY, POLICY)
    texts.issues += InputError(inside.issues).renamed(inside.shown).issues
    if POLICY not in inside.texts:
        return
    root, _ = parse_yaml(inside.texts[POLICY], POLICY)
    if policy_root is not None:
        inside.roots = (path, policy_root)
    bases = composed(inside, POLICY, root, path).bases
    for name in (POLICY, *bases):
        if lies_in(path / name, (path,)):  # what is shared with other folders has its own author
            yield path / name, inside.texts[name]


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas of all files into a folder; the paths; raises `OSError`.

    Older ones are replaced; raises `InputError` for any other file of such a name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / schema_name(file): schema_text(file) for file in ROOTS}
    issues = [
        Issue(Span(str(path), 1, 1, 1, 1), "this is no schema that was written here", _MOVE)
        for path, file in zip(paths, ROOTS, strict=True)
        if os.path.lexists(path) and not _is_schema(path, file)
    ]
    if issues:
        raise InputError(issues)
    for path, text in paths.items():
        write_whole(path, text)
    return list(paths)


def _is_schema(path: Path, file: str) -> bool:
    """Whether a path is a schema of a file as this program writes it, and no link to one."""
    try:
        document = json.loads(content_of(path, (path.parent,)))
    except (UnreadableError, ValueError, RecursionError):
        return False
    # The rest may be of another version: that it was written here shows in its head.
    head = {"$schema": DIALECT, "title": file}
    return not path.is_symlink() and isinstance(document, dict) and head.items() <= document.items()


def taken(folder: Path) -> list[str]:
    """The names of a new price book's files that a folder has already, if only as a link."""
    return [name for name in (*_WRITTEN, SCHEMAS) if os.path.lexists(folder / name)]


def new_price_book(folder: Path) -> list[Path]:
    """Make a price book from the template, with the schemas; the paths; raises `OSError`."""
    template = template_folder()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in _WRITTEN:
        write_whole(folder / name, (template / name).read_text("utf-8"))
        written.append(folder / name)
    return [*written, *write_schemas(folder / SCHEMAS)]
