"""What the API sends: models whose JSON Schema is part of its description."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cp_pricing.results import SCHEMA_VERSION, TuningResult
from cp_pricing.web.problems import FaultDocument


class Document(BaseModel):
    """What all documents share."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ResultsDocument(Document):
    """Results in the order of their requests, as `cp-pricing solve --format json` writes them."""

    schema_version: Literal[1] = SCHEMA_VERSION
    results: tuple[TuningResult, ...]


class SectionDocument(Document):
    """Sentences under a title; names of rules and the like stand in backticks."""

    title: str
    sentences: tuple[str, ...]


class ExplanationDocument(Document):
    """A result, and the same in words."""

    schema_version: Literal[1] = SCHEMA_VERSION
    result: TuningResult
    words: tuple[SectionDocument, ...]


class ComparedRow(Document):
    """One thing that is told of every offer; numbers are decimal strings in `unit`."""

    name: str
    unit: str
    values: tuple[str | bool | None, ...]
    differs: bool


class ComparisonDocument(Document):
    """Offers side by side, with their results."""

    schema_version: Literal[1] = SCHEMA_VERSION
    rows: tuple[ComparedRow, ...]
    results: tuple[TuningResult, ...]


class PlanDocument(Document):
    """A plan; `tunable` has the terms that can be asked for by their short names, with bounds."""

    id: str
    name: str
    profiles: tuple[str, ...]
    tunable: dict[str, str]


class BookDocument(Document):
    """A price book in force; `faults` are those of its files as they are now, if they have any."""

    digest: str
    name: str
    currency: str
    plans: tuple[PlanDocument, ...]
    profiles: tuple[str, ...]
    facts: dict[str, str]
    parameters: dict[str, str]
    approvers: tuple[str, ...]
    warnings: tuple[FaultDocument, ...]
    faults: tuple[FaultDocument, ...]


class BooksDocument(Document):
    """The price books that are served."""

    schema_version: Literal[1] = SCHEMA_VERSION
    books: tuple[BookDocument, ...]


JobStatus = Literal["running", "done", "stopped", "failed"]


class JobDocument(Document):
    """A batch: how far it is, and all its results once it is done."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: str
    status: JobStatus
    total: int = Field(description="How many requests it has.")
    finished: int = Field(description="How many of them are solved.")
    reason: str = Field("", description="Why it failed, if it did.")
    results: tuple[TuningResult, ...] | None = None


class JobsDocument(Document):
    """The batches that are kept, the last begun first, without their results."""

    schema_version: Literal[1] = SCHEMA_VERSION
    jobs: tuple[JobDocument, ...]
