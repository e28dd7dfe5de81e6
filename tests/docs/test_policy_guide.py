"""docs/policy-guide.md: each policy on it is loaded, checked and solved, and quoted truly.

`python -m tests.docs.test_policy_guide` puts the current answers and messages in.
"""

from __future__ import annotations

import re

from cp_pricing import parse_requests, solve
from cp_pricing.authoring.layout import formatted
from cp_pricing.book.loading import parse_price_book
from cp_pricing.files.texts import POLICY, REQUESTS
from tests.support.books import texts_of
from tests.support.doubts import doubts, told
from tests.support.places import ROOT, TEMPLATE

GUIDE = ROOT / "docs" / "policy-guide.md"
BLOCK = re.compile(r"<!-- (file|answers|check)(?:: (\S+))? -->\n```(\w+)\n(.*?)```", re.DOTALL)


def answers(files: dict[str, str]) -> str:
    """A line for each of the template's requests."""
    book = parse_price_book(files)
    lines = []
    for request in parse_requests(book, files[REQUESTS]):
        result = solve(book, request)
        waived = [f"; {a.approver} waives {', '.join(a.rules)}" for a in result.approvals]
        decision = result.decision.replace("_", " ")
        price = result.quote or ""
        lines.append(f"{request.id:22} {decision:18} {price}{''.join(waived)}".rstrip())
    return "\n".join(lines) + "\n"


def renewed(text: str) -> str:
    """The guide with what its policies answer now, and what is told of them."""
    files = texts_of(TEMPLATE, REQUESTS)

    def content(block: re.Match[str]) -> str:
        kind, name, language, body = block.groups()
        if kind == "file":
            files[name] = body
        else:
            body = answers(files) if kind == "answers" else told(files)
        about = f": {name}" if name else ""
        return f"<!-- {kind}{about} -->\n```{language}\n{body}```"

    return BLOCK.sub(content, text)


def test_the_guide_quotes_what_its_policies_answer() -> None:
    text = GUIDE.read_text("utf-8")
    assert renewed(text) == text
    kinds = [block[1] for block in BLOCK.finditer(text)]
    assert (kinds.count("file"), kinds.count("answers"), kinds.count("check")) == (8, 5, 2)
    assert len(re.findall("^```yaml", text, re.MULTILINE)) == 8


def test_policies_that_are_not_shown_for_their_faults_leave_one_doubt_and_are_laid_out() -> None:
    files = texts_of(TEMPLATE, REQUESTS)
    text = GUIDE.read_text("utf-8")
    clean = 0
    for block in BLOCK.finditer(text):
        if block[1] == "file":
            files[block[2]] = block[4]
        if block[1] == "file" and "usage_price_discount <= 15\n" not in block[4]:
            assert formatted(block[4], block[2]) == block[4]
            if block[2] == POLICY:
                codes = {doubt.code for doubt in doubts(files)}
                # The guide's policies are short: it says itself what this one would take.
                assert codes == {"prepaid-beyond-use"}, block[4]
                clean += 1
    assert clean == 5


if __name__ == "__main__":
    GUIDE.write_text(renewed(GUIDE.read_text("utf-8")), "utf-8")
