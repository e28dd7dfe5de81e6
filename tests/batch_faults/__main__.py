"""`python -m tests.batch_faults --cases 2000`: disks that fail once or more, at any moments."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.batch_faults.disk import KINDS
from tests.batch_faults.trial import ENDINGS, plan_of, trial, undisturbed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    asked = parser.parse_args()
    start, wrong = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plans = {ending: plan_of(folder, ending) for ending in ENDINGS}
        known = {ending: undisturbed(plans[ending], folder / ending) for ending in ENDINGS}
        for seed in range(asked.first, asked.first + asked.cases):
            draw = random.Random(seed)  # noqa: S311 - no secrets
            ending = draw.choice(ENDINGS)
            files, moments = known[ending]
            faults = [
                (draw.randint(1, moments), draw.choice(KINDS)) for _ in range(draw.randint(1, 4))
            ]
            if fault := trial(plans[ending], files, folder / "trial", faults):
                wrong += 1
                print(f"{seed}: {ending}, {faults}: {fault}", flush=True)  # noqa: T201 - a report
    seconds = time.monotonic() - start
    print(f"{asked.cases} cases, {wrong} wrong; {seconds:.0f} s")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
