"""`python -m tests.pilot --draws 20`: the answers against every tick in each of so many draws."""

from __future__ import annotations

import argparse
import sys

from tests import oracle
from tests.differential.compare import differences
from tests.support.coulomb import cases
from tests.support.coulomb_answers import answers


def main() -> int:
    """Compare every request with the first draws; exit status 1 if there is any difference."""
    parser = argparse.ArgumentParser("python -m tests.pilot", description=__doc__)
    parser.add_argument("--draws", type=int, default=20, help="of each profile")
    draws = parser.parse_args().draws
    found = 0
    for name, case in cases(draws).items():
        told = list(differences(answers(draws)[name], oracle.solve(case)))
        sys.stdout.write("\n  ".join([name, *(told or ["the same"])]) + "\n")
        sys.stdout.flush()
        found += len(told)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
