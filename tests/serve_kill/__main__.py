"""Kill a server in the middle of writing: `python -m tests.serve_kill [TIMES]`, 20 by default."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from tests.serve_kill.trial import Told, lived, lost


def main() -> int:
    times = int(sys.argv[1]) if sys.argv[1:] else 20
    chance, told = random.Random(times), Told()  # noqa: S311 - a trial
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "quotes.sqlite")
        for _ in range(times):
            told |= lived(store, chance)
            faults = lost(store, told)
            if faults:
                sys.stderr.write("\n".join([*faults, ""]))
                return 1
    sys.stderr.write(f"killed {times} times: all {len(told)} that was acknowledged is there\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
