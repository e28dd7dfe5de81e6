"""`python -m tests.history`: write the tables of data/coulomb/history."""

from __future__ import annotations

import sys

from tests.history.pilot import written

if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}: {len(text):,} bytes\n")
