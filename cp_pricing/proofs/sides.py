"""What is compared: a price book, or a policy's file with the catalog it goes with."""

from __future__ import annotations

from pathlib import Path

from constraints.text.source import InputError, Issue, Span
from cp_pricing.book.loading import load_price_book, load_with_policy
from cp_pricing.book.price_book import PriceBook
from cp_pricing.files.reading import is_there
from cp_pricing.files.texts import FILES, POLICY, text_of


def load_side(
    path: Path, beside: Path | None = None, *, policy_root: Path | None = None
) -> PriceBook:
    """The price book of a folder, or that of a policy's file; raises `InputError`.

    The catalog and the profiles of a policy's file are those in its own folder, or else those in
    the folder `beside`.
    """
    there = is_there(path)
    if not there and path.suffix:
        text_of(path)  # which raises what there is to say of a missing file
    if not there or path.is_dir():
        return load_price_book(path, policy_root=policy_root)
    folder = next((f for f in (path.parent, beside) if f is not None and _is_complete(f)), None)
    if folder is None:
        hint = "name the price book that it is for with --in"
        message = "there are no catalog.yaml and profiles.yaml beside this policy"
        raise InputError([Issue(Span(str(path), 1, 1, 1, 1), message, hint)])
    return load_with_policy(folder, path, policy_root=policy_root)


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES if name != POLICY)
