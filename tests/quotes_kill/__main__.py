"""`python -m tests.quotes_kill --times 100`: kill writers at random moments, and look."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.quotes_kill.trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)  # noqa: S311 - no secrets
    start, acts, wrong = time.monotonic(), 0, 0
    for number in range(1, asked.times + 1):
        with tempfile.TemporaryDirectory() as folder:
            told, faults = trial(Path(folder), asked.writers, draw)
        acts += told
        wrong += bool(faults)
        print(f"{number}: {told} acknowledged: {faults or 'all there'}", flush=True)  # noqa: T201 - a report
    seconds = time.monotonic() - start
    kills = asked.times * asked.writers
    print(f"{kills} kills, {acts} acts acknowledged, {wrong} trials wrong; {seconds:.0f} s")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
