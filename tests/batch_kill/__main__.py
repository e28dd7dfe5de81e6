"""`python -m tests.batch_kill --times 50`: kill batches at random moments and resume them."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.batch_kill.trial import ENDINGS, Plan, Reference, request_file, trial, undisturbed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)  # noqa: S311 - no secrets
    start, kills, wrong = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = request_file(folder, asked.requests)
        plans: dict[str, tuple[Plan, Reference]] = {}
        for ending in ENDINGS:
            plan = Plan(file, ending, asked.workers)
            plans[ending] = plan, undisturbed(plan, folder / f"reference{ending}")
        for number in range(1, asked.times + 1):
            ending = draw.choice(ENDINGS)
            killed, fault = trial(*plans[ending], folder / f"trial-{number}", draw)
            kills += killed
            wrong += bool(fault)
            print(f"{number}: {ending}, {killed} kills: {fault or 'identical'}", flush=True)  # noqa: T201 - a report
    seconds = time.monotonic() - start
    print(f"{asked.times} trials, {kills} kills, {wrong} wrong; {seconds:.0f} s")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
