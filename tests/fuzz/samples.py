"""Values, characters and words that have broken readers of files before."""

from __future__ import annotations

from random import Random

NUMBERS = (
    *("0", "-0", "-1", "+17", "1", "2", "0.5", "1e3", "1E-3", "1e59", "1e60", "1e61", "1e-60"),
    *("1e-61", "1e400", "1e-400", "1e999999999", "-1e999999999", "1e-999999999", "9" * 19),
    *("9" * 60, "9" * 61, "9" * 5000, "0." + "3" * 40, "0." + "3" * 70, "1" + "0" * 15),
    *("999999999999999", "1000000000000000", "9223372036854775807", "9223372036854775808"),
    *("012", "-012", "0_1", "00", "0.0", "00.5", "1_000", "1__0", "_1", "1_", "1_.5", "1._5"),
    *("1.", ".5", ".", "1.5.2", "1,5", "1,000", "1 000", "0x1F", "0o17", "0b11", "22:30"),
    *("190:20:30", ".inf", "-.inf", ".nan", "NaN", "Infinity", "-Infinity", "inf", "nan"),
    *("2025-06-30", "100%", "101%", "50%", "0%", "-5%", "50%%", "35 %", "%", "1e2%", "1e400%"),
    *("0.1e1e1", "--1", "+-1", "1e", "1e+", "e5", "1/3", "$5", "5 USD", "5USD", "1e0.5"),
    *("\u0661\u0662", "\uff11\uff12", "\u00b2", "\u00bd", "\u22121", "1\u00a0000", "1\u202f000"),
    *("0.30000000000000004", "1e-12", "0.9999999999999999999999", "1.0000000000000000000001"),
)
WORDS = (
    *("", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "yes", "no", "on", "off"),
    *("Yes", "NO", "y", "n", "unlimited", "Unlimited", "None", "nil", "undefined", "-", "--", "?"),
    *("''", '""', "'", '"', "[]", "{}", "[[]]", "[{}]", "{a: 1}", "[1, 2]", "[,]", "{,}", "[1,]"),
    *("&a 1", "*a", "&a [*a]", "!!str 5", "!!int '5'", "!!float 1", "!!binary aGk=", "!foo bar"),
    *("!!python/object/apply:os.getcwd []", "!!set {a}", "!!omap [a: 1]", "!!null ''", "! 5"),
    *("|", ">", "|-", ">+", "|2", "|9\n a", ">\n\n\n", "@a", "`a`", "%a", "#", "# x", ": x"),
    *("a: b",),
    *("- a", "? a", "? [a]\n: b", "<<", "=", "\\", "\\u0041", "'a''b'", '"\\q"', '"\\x41"'),
    *("\U0001f600", '"\\ud800"', '"\\ud83d\\ude00"'),
    *('"\\udc00\\ud800"', '"\\u0000"', '"\\u12"', '"a\tb"', '"\n"'),
    *("// x", "/* x */", "{'a': 1}", "{a: 1}", "[1 2]", '{"a" 1}', '{"a": 1,}', '"a" "b"'),
    *("constant", "sbg", "curve", "reject", "approval", "warn", "Reject", "ltv-improvement"),
    *("seller_ltv", "allow_approval", "lower_usage_price", "self_serve_only", "__class__"),
    *("__proto__", "x" * 200, "x" * 5000, "a b", " a", "a ", "\u00e4", "\u0430", "\u202e"),
)  # fmt: skip
CHARACTERS = (
    *("\ufeff", "\0", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1a", "\x1b[31m", "\x7f", "\x85"),
    *("\xa0", "\xad", "\u0301", "\u200b", "\u200e", "\u202e", "\u2028", "\u2029", "\u3000"),
    *("\ufffd", "\ufffe", "\uffff", "\U0001f600", "\U0010ffff", "\t", "\r", "\r\n", "\n", " "),
    *("'", '"', ":", ": ", "-", "- ", "? ", "#", " #", "[", "]", "{", "}", ",", "&", "*", "!", "|"),
    *(">", "%", "@", "`", "\\", "(", ")", "=", "~", "$", ";", "/"),
)
LINES = (
    *("---", "...", "--- a", "%YAML 1.1", "%YAML 1.2\n---", "%YAML 3.0\n---", "%TAG ! x\n---"),
    *("# comment", "#", "", " ", "\t", "\tid: x", "-", "- ", "?", ":", "? a", ": b", "a", "a:b"),
    *("a: b: c", "<<: *a", "<<: {id: x}", "- - - a", "{", "}", "[", "]", "'", '"', "|", "x: |"),
    *("x: &a 1", "y: *a", "x: !!str 1", "null: 1", "~: 1", "true: 1", "1: 1", "? [a, b]\n: 1"),
    *('"requests": [],', "{} {}", "null", "// x", "\x00", "=======", "<<<<<<< HEAD"),
)
# Letters that look alike, and signs that word processors put in the place of others.
CONFUSABLES = {
    **dict(zip("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ", strict=True)),  # noqa: RUF001
    **{str(digit): chr(0xFF10 + digit) for digit in range(10)},
    "-": "\u2212",
    ":": "\uff1a",
    ",": "\uff0c",
    ".": "\u2024",
    " ": "\xa0",
    "_": "\u02cd",
    "'": "\u2019",
    '"': "\u201c",
    "%": "\uff05",
    "<": "\u2039",
    ">": "\u203a",
    "=": "\uff1d",
    "(": "\uff08",
    ")": "\uff09",
    "[": "\uff3b",
    "]": "\uff3d",
    "/": "\u2215",
    "*": "\u2217",
}
DEPTHS = (2, 5, 30, 98, 99, 100, 101, 102, 300, 1000, 5000)
RARE_DEPTH = 60_000
LENGTHS = (100, 1_000, 9_999, 10_001, 65_537)
RARE_LENGTH = 1_000_000


def depth(rng: Random) -> int:
    """How deep to nest something."""
    return RARE_DEPTH if rng.random() < 0.02 else rng.choice(DEPTHS)


def length(rng: Random) -> int:
    """How many characters to put in."""
    return RARE_LENGTH if rng.random() < 0.02 else rng.choice(LENGTHS)
