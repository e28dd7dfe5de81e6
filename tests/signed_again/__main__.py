"""`python -m tests.signed_again --times 2000`: random pairs of versions, compared one by one."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.signed_again.policies import APPROVERS
from tests.signed_again.trial import Outcome, trial
from tests.support.quotes import signer, store_in


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)  # noqa: S311 - no secrets
    start, wrong = time.monotonic(), 0
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        store = store_in(Path(folder))
        signers = {who: signer(store, who) for who in (*APPROVERS, "ceo")}
        while len(found) < asked.times:
            if (outcome := trial(store, signers, draw)) is None:
                continue
            found.append(outcome)
            if outcome.fault:
                wrong += 1
                print(f"pair {len(found)}: {outcome.fault}", flush=True)  # noqa: T201 - a report
        store.close()
    kept, again, new = (sum(getattr(o, name) for o in found) for name in ("kept", "again", "new"))
    print(  # noqa: T201 - a report
        f"{len(found)} pairs, {wrong} wrong: {kept} signatures do, {again} asked for again,"
        f" {new} for the first time; {time.monotonic() - start:.0f} s"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
