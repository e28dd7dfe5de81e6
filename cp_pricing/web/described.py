"""The description of the whole API, as it is served and checked in.

`python -m cp_pricing.web.described` prints it: docs/openapi.json.
"""

from __future__ import annotations

import json
import sys

from cp_pricing.web.api.openapi import description
from cp_pricing.web.api.table import OPERATIONS
from cp_pricing.web.record.api import ActDocument
from cp_pricing.web.record.table import RECORD_OPERATIONS


def text() -> str:
    """The description as a file."""
    document = description([*OPERATIONS, *RECORD_OPERATIONS], ActDocument)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
