"""The shape of the code in figures: `python3 dev.py shape [FOLDER ...]`.

Whole checkouts are read as text, so that an old one can be measured beside a new one. Nothing but
the standard library is needed.
"""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("constraints", "cp_pricing", "cli")


def length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Count the lines of a definition, without its decorators."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


@dataclass(frozen=True)
class Module:
    """A file of Python: its path in the checkout and its text."""

    path: Path
    text: str

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_init(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if self.is_init else parts)

    @property
    def functions(self) -> dict[str, int]:
        """The lines of each function and method, by where it stands."""
        return self._lengths(ast.FunctionDef, ast.AsyncFunctionDef)

    @property
    def classes(self) -> dict[str, int]:
        return self._lengths(ast.ClassDef)

    def _lengths(
        self, *kinds: type[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]
    ) -> dict[str, int]:
        return {
            f"{self.path}:{node.lineno} {node.name}": length(node)
            for node in ast.walk(self.tree)
            if isinstance(node, kinds)
        }

    @property
    def public_names(self) -> list[str]:
        """What a module defines at its top for others: functions, classes and constants."""
        names: list[str] = []
        for node in self.tree.body:
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    names.append(name)
                case ast.Assign(targets=targets):
                    names += [target.id for target in targets if isinstance(target, ast.Name)]
                case ast.AnnAssign(target=ast.Name(id=name)):
                    names.append(name)
                case _:
                    pass
        return [name for name in names if not name.startswith("_")]

    @property
    def comments(self) -> int:
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return sum(token.type == tokenize.COMMENT for token in tokens)

    @property
    def imported(self) -> set[str]:
        """The names that the module imports from, wherever in it: modules, or names in them."""
        found = set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found


def modules(checkout: Path, folders: Iterable[str] = PACKAGES) -> list[Module]:
    """Read all Python of a checkout's folders, in the order of its paths."""
    return [
        Module(path.relative_to(checkout), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((checkout / folder).rglob("*.py"))
    ]


def sizes_of_folders(found: Sequence[Module]) -> Counter[str]:
    """Count the modules that stand side by side in each folder, `__init__` left out."""
    return Counter(str(module.path.parent) for module in found if not module.is_init)


def room(module: str) -> str:
    """Name what a reader has to know as one thing: a folder of a package, or a module beside it."""
    return ".".join(module.split(".")[:2])


def imports_between_rooms(found: Sequence[Module]) -> Counter[tuple[str, str]]:
    """Count, for each pair of rooms, the pairs of modules of which one imports the other."""
    names = {module.name for module in found}
    pairs = Counter[tuple[str, str]]()
    for module in found:
        imported = {name if name in names else name.rpartition(".")[0] for name in module.imported}
        for name in imported & names:
            if room(name) != room(module.name):
                pairs[room(module.name), room(name)] += 1
    return pairs


def spread(values: Sequence[int]) -> str:
    """Say what is usual, what nine of ten keep to, and what is most."""
    ninth = statistics.quantiles(values, n=10)[-1]
    return f"{statistics.median(values):g} / {ninth:g} / {max(values)}"


def most(counts: dict[str, int]) -> str:
    """Name the greatest of some counts."""
    name = max(counts, key=lambda key: counts[key])
    return f"{counts[name]} {name.rpartition(' ')[2]}"


def shape(checkout: Path) -> dict[str, str]:
    """Measure the packages that a checkout ships."""
    found = modules(checkout)
    written = [module for module in found if not module.is_init]
    lines = sum(module.lines for module in found)
    names = [len(module.public_names) for module in written]
    functions = [size for module in found for size in module.functions.values()]
    classes = {name: size for module in found for name, size in module.classes.items()}
    comments = sum(module.comments for module in found)
    between = imports_between_rooms(found)
    return {
        "modules": f"{len(written)}",
        "folders": f"{len(sizes_of_folders(found))}",
        "modules of the largest folder": most(sizes_of_folders(found)),
        "lines": f"{lines:,}",
        "lines of a module: median / 90% / most": spread([module.lines for module in written]),
        "functions": f"{len(functions):,}",
        "lines of a function": spread(functions),
        "the longest class": most(classes),
        "public names of a module": spread(names),
        "comments in a hundred lines": f"{100 * comments / lines:.1f}",
        "rooms": f"{len({room(module.name) for module in written})}",
        "pairs of rooms, one of which imports the other": f"{len(between)}",
        "imports between rooms": f"{between.total():,}",
        "lines of tests": f"{sum(module.lines for module in modules(checkout, ['tests'])):,}",
    }


def table(checkouts: Sequence[Path]) -> str:
    """Write the figures of checkouts side by side."""
    shapes = [shape(checkout) for checkout in checkouts]
    rows = [["", *(str(checkout) for checkout in checkouts)]]
    rows += [[what, *(figures[what] for figures in shapes)] for what in shapes[0]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = (zip(row, widths, strict=True) for row in rows)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in row).rstrip() for row in aligned
    )


if __name__ == "__main__":
    sys.stdout.write(table([Path(argument) for argument in sys.argv[1:]]) + "\n")
