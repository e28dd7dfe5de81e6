"""Where things are in the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
PILOT = DATA / "coulomb"
COULOMB_API = DATA / "coulomb-api"
POSTHOG_STYLE = DATA / "posthog-style"
PRICE_LISTS = DATA / "price-lists"
TEMPLATE = DATA / "template"
# The published example, with its answers.
EXAMPLE = ROOT / "tests" / "data" / "example"
# A small price book of rate cards.
CARDS = ROOT / "tests" / "data" / "cards"
FAULTY_POLICIES = ROOT / "tests" / "data" / "faulty_policies"
