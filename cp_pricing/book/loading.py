"""Files and texts to the price book and its requests, or to every fault of them all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from constraints.text.nodes import Node
from constraints.text.source import InputError, Issue, Span, did_you_mean, normalised
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing.book.consistency import (
    allowance_faults,
    availability_faults,
    doubts,
    ids_in,
    meter_faults,
    observation_faults,
    scope_faults,
    unserved_faults,
)
from cp_pricing.book.inheritance import composed
from cp_pricing.book.on_sale import OnSale
from cp_pricing.book.policy import Policy, signature_doubts
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest, read_requests
from cp_pricing.book.salvage import salvaged, without_lost_names
from cp_pricing.book.vocabulary import check_policy
from cp_pricing.catalog.plans import Catalog, Configuration
from cp_pricing.files.located import LocatedDict, issue_at, located, read_model
from cp_pricing.files.models import Entries, Fault, FrozenMapping, Model, texts_of
from cp_pricing.files.reading import UnreadableError, content_of, unpacked
from cp_pricing.files.texts import (
    CATALOG,
    FILES,
    POLICY,
    PROFILES,
    REQUESTS,
    TESTS,
    Texts,
    folder_issue,
    text_of,
)
from cp_pricing.profiles.draws import DrawnProfiles, read_draws
from cp_pricing.profiles.profile import Profiles, with_meters

M = TypeVar("M", bound=Model)


def load(
    folder: str | Path,
    requests: str | Path | BinaryIO | None = None,
    *,
    policy_root: str | Path | None = None,
) -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    """The price book of a folder and its requests; raises `InputError` with every fault of both.

    `requests` is the path of their file, by default `tuning_requests.json` in the folder, or
    standard input. Links and `extends` stay within the folder, or within `policy_root`.
    """
    texts = _read(Path(folder), policy_root)
    match requests:
        case None:
            texts.read(Path(folder, REQUESTS), REQUESTS)
        case str() | Path():
            texts.read_named(Path(requests), REQUESTS)
        case _:
            texts.read_stream(requests, REQUESTS)
    draft = _Draft(texts, Path(folder))
    read = draft.requests(REQUESTS)
    return draft.finished(), read


def load_price_book(folder: str | Path, *, policy_root: str | Path | None = None) -> PriceBook:
    """The price book of a folder; raises `InputError` with every fault of its three files.

    Links and `extends` stay within the folder, or within `policy_root`.
    """
    return _Draft(_read(Path(folder), policy_root), Path(folder)).finished()


def load_with_policy(
    folder: str | Path, policy: str | Path, *, policy_root: str | Path | None = None
) -> PriceBook:
    """The price book of a folder with the policy of another file; raises `InputError`.

    What that policy extends is relative to its own file, and in its folder or one of the others.
    """
    path = Path(policy)
    texts = Texts(roots=_roots(Path(folder), path.parent, policy_root))
    for name in FILES:
        if name != POLICY:
            texts.read(Path(folder) / name, name)
    texts.read_named(path, path.name)
    return _Draft(texts, Path(folder), path).finished()


def _roots(*folders: str | Path | None) -> tuple[Path, ...]:
    return tuple(Path(folder) for folder in folders if folder is not None)


class Examined(NamedTuple):
    """A price book with the nodes and the texts of its files, by name.

    `shown` has the names by which people know the files.
    """

    book: PriceBook
    roots: Mapping[str, Node]
    texts: Mapping[str, str]
    shown: Mapping[str, str]


def examine(folder: str | Path, *, policy_root: str | Path | None = None) -> Examined:
    """As `load_price_book`, with what the files say word by word; raises `InputError`.

    The folder's requests, where it has any, must be valid, too.
    """
    texts = _read(Path(folder), policy_root)
    if os.path.lexists(requests := Path(folder, REQUESTS)):
        texts.read(requests, REQUESTS)
    draft = _Draft(texts, Path(folder))
    draft.requests(REQUESTS)
    return draft.examined()


def parse_price_book(texts: Mapping[str, str]) -> PriceBook:
    """The price book of three texts by file name; raises `InputError` with every fault."""
    return _Draft(_given(texts, FILES)).finished()


def _given(texts: Mapping[str, str], names: Iterable[str]) -> Texts:
    given = Texts(dict(texts))
    for name in names:
        if name not in texts:
            given.refuse(name, "file not found", did_you_mean(name, texts))
    return given


def load_requests(
    price_book: PriceBook, path: str | Path | None = None
) -> tuple[TuningRequest, ...]:
    """The requests of a file (by default that of the folder); raises `InputError`."""
    file = Path(price_book.folder or "", REQUESTS) if path is None else Path(path)
    text = text_of(file, price_book.roots if path is None else ())
    return parse_requests(price_book, text, str(file))


def parse_requests(
    price_book: PriceBook, text: str, file: str = REQUESTS
) -> tuple[TuningRequest, ...]:
    """The requests of a JSON text; raises `InputError` with every fault."""
    requests, issues = read_requests(text, file, price_book.on_sale)
    if issues:
        raise InputError(issues, {file: text})
    return requests


def checked_request(
    price_book: PriceBook, request: TuningRequest | Mapping[str, object]
) -> TuningRequest:
    """A request made in Python, checked against the price book; raises `ValidationError`."""
    context = replace(price_book.on_sale, authored=False)
    return TuningRequest.model_validate(dict(request), context=context)


def _read(folder: Path, policy_root: str | Path | None) -> Texts:
    if missing := folder_issue(folder):
        raise InputError([missing])
    texts = Texts(roots=_roots(folder, policy_root))
    for name in FILES:
        texts.read(folder / name, name)
    return texts


class _Draft:
    """The three files as far as they can be understood, and all that is wrong with them.

    What the policy extends is among the texts, or in the folder; `own` is the file of the policy
    where it is not the folder's.
    """

    def __init__(self, texts: Texts, folder: Path | None = None, own: Path | None = None) -> None:
        self.texts = texts
        self.folder = folder
        self.policy_file = own.name if own else POLICY
        self.issues = list(texts.issues)
        self.roots = {name: self._root(self._file(name)) for name in FILES}
        beside = own.parent if own else folder
        policy = composed(texts, self.policy_file, self.roots[POLICY], beside)
        self.issues += policy.issues
        self.roots[POLICY], self.bases = policy.root, policy.bases
        self.catalog = self._model(Catalog, CATALOG)
        # What is left of a faulty catalog still tells whether names in the other files are right.
        self.usable_catalog = self.catalog or self._salvaged_catalog()
        self.profiles = self._model(Profiles, PROFILES)
        self.policy = self._model(Policy, POLICY)
        self._compare_files()
        self._check_policy()
        self.draws = dict(self._draws())

    def _file(self, name: str) -> str:
        return self.policy_file if name == POLICY else name

    def _root(self, name: str) -> Node | None:
        if name not in self.texts.texts:
            return None
        node, issues = parse_yaml(self.texts.texts[name], name)
        self.issues += issues
        return node

    def _model(self, model: type[M], name: str) -> M | None:
        root = self.roots[name]
        if root is None:
            return None
        read, issues = read_model(model, root)
        self.issues += issues
        return read

    def _salvaged_catalog(self) -> Catalog | None:
        """What is left of a faulty catalog, unless one of its meters is lost."""
        catalog = salvaged(Catalog, self.roots[CATALOG])
        entries = self._entries(CATALOG) or {}
        meters = [id_ for id_, _ in texts_of(entries.get("meters"))]
        is_whole = catalog is not None and (not meters or meters == list(catalog.units))
        return catalog if is_whole else None

    def _entries(self, name: str) -> Entries | None:
        """What a file says, valid or not."""
        root = self.roots[name]
        tree = None if root is None else located(root)
        return tree if isinstance(tree, LocatedDict) else None

    def _issue(self, name: str, fault: Fault) -> Issue:
        root = self.roots[name]
        if root is None:
            return Issue(Span(self._file(name), 1, 1, 1, 1), fault.message, fault.hint)
        return issue_at(root, fault.location, fault.message, fault.hint)

    def _compare_files(self) -> None:
        catalog, policy = self._entries(CATALOG), self._entries(POLICY)
        ids = ids_in(self._entries(PROFILES), "profiles")
        if policy is not None:
            faults = scope_faults(policy, ids_in(catalog, "configurations"), ids)
            self.issues += [self._issue(POLICY, fault) for fault in faults]
        if catalog is None or ids is None:
            return
        self.issues += [self._issue(CATALOG, fault) for fault in availability_faults(catalog, ids)]
        self.issues += [self._issue(PROFILES, fault) for fault in unserved_faults(catalog, ids)]
        configurations, profiles = ids_in(catalog, "configurations"), self._entries(PROFILES)
        if configurations is not None and profiles is not None:
            faults = observation_faults(profiles, configurations)
            self.issues += [self._issue(PROFILES, fault) for fault in faults]
        if self.usable_catalog and profiles is not None:
            faults = meter_faults(profiles, self.usable_catalog.units)
            self.issues += [self._issue(PROFILES, fault) for fault in faults]
        if self.usable_catalog and self.profiles:
            self.profiles = _metered(self.profiles, tuple(self.usable_catalog.units))
        if self.catalog and self.profiles:
            faults = allowance_faults(self.catalog, self.profiles.profiles)
            self.issues += [self._issue(CATALOG, fault) for fault in faults]

    def _draws(self) -> Iterator[tuple[str, DrawnProfiles]]:
        """The draws of every profile that has some, by its id."""
        if not (self.usable_catalog and self.profiles):
            return
        meters = tuple(self.usable_catalog.units)
        for place, profile in enumerate(self.profiles.profiles):
            if profile.draws is None:
                continue
            try:
                text = self._beside(profile.draws)
            except UnreadableError as error:
                fault = Fault(("profiles", place, "draws"), error.message, error.hint)
                self.issues.append(self._issue(PROFILES, fault))
                continue
            draws, issues = read_draws(text, profile.draws, meters)
            self.issues += issues
            yield profile.id, DrawnProfiles(profile, draws, meters)

    def _beside(self, name: str) -> str:
        """The text of a file beside the profiles; raises `UnreadableError`."""
        if name not in self.texts.texts:
            if Path(name).name != name or name in FILES:
                message = f"`{name}` is not the name of a file of draws beside this one"
                raise UnreadableError(message, "name a file of JSON lines in the same folder")
            if self.folder is None:
                message = f"`{name}` is not among the texts"
                raise UnreadableError(message, did_you_mean(name, self.texts.texts))
            path = self.folder / name
            try:
                content = content_of(path, self.texts.roots)
                self.texts.texts[name] = unpacked(content, name).decode()
            except UnicodeDecodeError as error:
                message = f"`{name}`: byte {error.start + 1} is not UTF-8"
                raise UnreadableError(message, "save the file as UTF-8") from None
            except UnreadableError as error:
                raise UnreadableError(f"`{name}`: {error.message}", error.hint) from None
            self.texts.shown[name] = str(path)
        return self.texts.texts[name]

    def _check_policy(self) -> None:
        """Check the policy's names and dimensions, with what is left of the other two files."""
        root = self.roots[POLICY]
        catalog = self.usable_catalog
        profiles = self.profiles or salvaged(Profiles, self.roots[PROFILES])
        policy = self.policy or salvaged(Policy, root)
        if catalog and profiles and policy:
            policy = without_lost_names(policy, root)
            self.issues += check_policy(catalog, profiles.profiles, policy)

    def requests(self, name: str) -> tuple[TuningRequest, ...]:
        """The requests of one of the texts, checked as far as the price book is understood."""
        if name not in self.texts.texts:
            return ()
        read, issues = read_requests(self.texts.texts[name], name, self._on_sale())
        self.issues += issues
        return read

    def _on_sale(self) -> OnSale:
        tree = self._entries(CATALOG) or {}
        ids = ids_in(tree, "configurations")
        profiles = ids_in(self._entries(PROFILES), "profiles")
        configurations: dict[str, Configuration | None] = dict.fromkeys(ids or ())
        if self.catalog:
            configurations |= {item.id: item for item in self.catalog.configurations}
        known = {item.id: item for item in self.profiles.profiles} if self.profiles else {}
        return OnSale(
            self.usable_catalog.unit if self.usable_catalog else None,
            None if ids is None else configurations,
            None if profiles is None else dict.fromkeys(profiles) | known,
            self.policy.facts if self.policy else None,
        )

    def examined(self) -> Examined:
        """The price book and what it was read from, unless there are issues."""
        book = self.finished()
        roots = {name: root for name, root in self.roots.items() if root is not None}
        return Examined(book, roots, self.texts.texts, self.texts.shown)

    def _named_texts(self) -> Iterator[tuple[str, str]]:
        """The three texts and those of the bases; the policy's name is the same in any file."""
        texts = self.texts.texts
        yield from ((name, texts[self._file(name)]) for name in FILES)
        yield from ((name, texts[name]) for name in self.bases)
        drawn = (profile.draws for profile in self.profiles.profiles) if self.profiles else ()
        yield from ((name, texts[name]) for name in dict.fromkeys(drawn) if name)

    def finished(self) -> PriceBook:
        """The price book, unless there are issues."""
        catalog, profiles, policy = self.catalog, self.profiles, self.policy
        if self.issues or not (catalog and profiles and policy):
            raise InputError(self.issues, self.texts.texts).renamed(self.texts.shown)
        texts = FrozenMapping(self._named_texts())
        warnings = [self._issue(PROFILES, fault) for fault in doubts(profiles.profiles, policy)]
        signers = signature_doubts(self._entries(POLICY) or {})
        warnings += [self._issue(POLICY, fault) for fault in signers]
        return PriceBook(
            catalog=catalog,
            profiles=profiles.profiles,
            draws=FrozenMapping(self.draws),
            policy=policy,
            digest=digest_of(texts),
            texts=texts,
            warnings=tuple(replace(issue, severity="warning") for issue in warnings),
            folder=self.folder,
            files=tuple(self._files()),
            roots=self.texts.roots,
        )

    def _files(self) -> Iterator[Path]:
        yield from (Path(path) for name, path in self.texts.shown.items() if name != REQUESTS)
        if self.folder is not None:
            yield from (self.folder / name for name in (REQUESTS, TESTS))


def _metered(profiles: Profiles, meters: tuple[str, ...]) -> Profiles:
    own = tuple(with_meters(profile, meters) for profile in profiles.profiles)
    return profiles.model_copy(update={"profiles": own})


def digest_of(texts: Mapping[str, str]) -> str:
    """The SHA-256 of some named texts, whatever their line ends."""
    parts = (f"{name}\0{normalised(text).rstrip()}\0" for name, text in texts.items())
    return sha256("".join(parts).encode()).hexdigest()
