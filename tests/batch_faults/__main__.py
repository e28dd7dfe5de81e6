"""`python -m tests.batch_faults --cases 2000`: disks that fail once or more, at any moments."""

from __future__ import annotations

import random
import sys
import tempfile
from functools import cache, partial
from pathlib import Path

from tests.batch_faults.disk import KINDS
from tests.batch_faults.trial import ENDINGS, Plan, plan_of, trial, undisturbed
from tests.support.search import Tally, parser, search


@cache
def _reference(ending: str, folder: Path) -> tuple[Plan, dict[str, bytes], int]:
    """An undisturbed batch, made once by each worker."""
    own = Path(tempfile.mkdtemp(dir=folder))
    plan = plan_of(own, ending)
    return (plan, *undisturbed(plan, own / "reference"))


def _case(folder: Path, seed: int) -> Tally:
    draw = random.Random(seed)  # noqa: S311 - no secrets
    ending = draw.choice(ENDINGS)
    plan, expected, moments = _reference(ending, folder)
    faults = [(draw.randint(1, moments), draw.choice(KINDS)) for _ in range(draw.randint(1, 4))]
    tally = Tally(1)
    tally.kinds[ending] += 1
    if difference := trial(plan, expected, folder / f"trial-{seed}", faults):
        tally.differences.append(f"seed {seed}: {ending}, {faults}: {difference}")
    return tally


def main() -> int:
    asked = parser("python -m tests.batch_faults", __doc__, 2000).parse_args()
    with tempfile.TemporaryDirectory() as name:
        seeds = range(asked.first, asked.first + asked.cases)
        return int(search(partial(_case, Path(name)), seeds, asked.workers) > 0)


if __name__ == "__main__":
    sys.exit(main())
