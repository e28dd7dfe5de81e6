"""Faults of a profile's draws and of what a policy asks of them: each with its place."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from constraints.text.source import InputError, Issue
from cp_pricing import load_price_book
from tests.support.books import example_in, texts_of
from tests.support.command import run
from tests.support.places import CARDS, EXAMPLE

DRAWS = "draws.jsonl"
GOOD = '{"retention": {"model": "constant", "monthly_churn": 0.02}}'
CHURN = '"retention": {"model": "constant", "monthly_churn": 0.02}'
PROFILE = "profiles.yaml"
NAMED = "    members_per_customer: 5\n    draws: "  # in the third line and the fourth
VALUE = f"{PROFILE}:4:12"  # what the key `draws` says


def book(folder: Path, draws: str | bytes | None, named: str = DRAWS) -> Path:
    """The example, its profile with these draws."""
    made = example_in(folder / "book", (PROFILE, "    members_per_customer: 5", NAMED + named))
    if draws is not None:
        data = draws.encode() if isinstance(draws, str) else draws
        (made / named).write_bytes(data)
    return made


def issues_of(folder: Path) -> Sequence[Issue]:
    try:
        load_price_book(folder)
    except InputError as error:
        return error.issues
    return ()


def told(folder: Path) -> list[str]:
    """Each fault as told, with its hint, files named from the book's folder on."""
    issues = issues_of(folder)
    return [f"{one} {one.hint or ''}".removeprefix(f"{folder}/") for one in issues]


def of_second_line(folder: Path, line: str) -> list[str]:
    """The faults of draws whose second line is this one."""
    return told(book(folder, f"{GOOD}\n{line}\n{GOOD}\n"))


def is_at(report: str, line: str, *marked: str) -> bool:
    """Whether a fault of the second line is told at the start of one of these texts in it."""
    return any(report.startswith(f"{DRAWS}:2:{line.index(text) + 1}: ") for text in marked)


def test_a_missing_key_is_told_as_it_is_written_in_json(tmp_path: Path) -> None:
    (found,) = of_second_line(tmp_path, '{"retention": {"model": "sbg", "alpha": 1}}')
    assert found == f'{DRAWS}:2:15: missing key `beta` add `"beta": ...`'


@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_draws_without_a_fault(tmp_path: Path, end: str) -> None:
    months = '[{"weight": 0.123456789, "units": 123456789}, {"weight": 0.876543211, "units": 0}]'
    others = (
        '{"price_response": [{"churn_multiplier": 2}], "in_term_churn_multiplier": 0.5}',
        '{"variable_cost_per_unit": 4e-6, "payment_cost_rate": 0.03, "acquisition_cost": 0}',
        '{"retention": {"model": "curve", "survival": [1, 0.98, 0.95]}}',
        '{"reduced_flexibility_churn_multiplier": 0.7, "service_cost_per_month": 20}',
    )
    text = "\n".join((GOOD, f'{{"monthly_usage": {months}}}', *others)) + end
    assert told(book(tmp_path, text)) == []
    assert told(book(tmp_path / "packed", gzip.compress(text.encode()), f"{DRAWS}.gz")) == []


def test_the_digest_of_a_price_book_covers_its_draws(tmp_path: Path) -> None:
    texts = (GOOD, GOOD.replace("0.02", "0.03"))
    digests = [
        load_price_book(book(tmp_path / str(place), f"{text}\n")).digest
        for place, text in enumerate(texts)
    ]
    assert len({*digests, load_price_book(EXAMPLE).digest}) == 3


def test_a_key_that_is_misspelt(tmp_path: Path) -> None:
    line = f"{{{CHURN.replace('retention', 'retenton')}}}"
    (report,) = of_second_line(tmp_path, line)
    assert is_at(report, line, '"retenton"', 'retenton"')
    assert "`retenton`" in report
    assert "`retention`" in report


@pytest.mark.parametrize(
    ("wrong", "right"), [("alfa", "alpha"), ("bta", "beta"), ("modle", "model"), ("bsg", "sbg")]
)
def test_a_name_that_is_misspelt_in_a_packed_line(tmp_path: Path, wrong: str, right: str) -> None:
    line = '{"retention": {"model": "sbg", "alpha": 1, "beta": 2}}'
    wrong_line = line.replace(f'"{right}"', f'"{wrong}"')
    packed = gzip.compress(f"{GOOD}\n{wrong_line}\n".encode())
    (report,) = told(book(tmp_path, packed, f"{DRAWS}.gz"))
    assert report.startswith(f"{DRAWS}.gz:2:{wrong_line.index(wrong)}: ")
    assert report.endswith(f"`{wrong}` did you mean `{right}`?")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", '"small-team"'),
        ("cohort", '{"customers": 40, "as_of": "2025-06-30", "source": "billing"}'),
        ("draws", '"others.jsonl"'),
        ("observed_on", '"pay-as-you-go"'),
        ("members_per_customer", "6"),
    ],
)
def test_a_key_that_no_draw_may_change(tmp_path: Path, key: str, value: str) -> None:
    line = f'{{{CHURN}, "{key}": {value}}}'
    (report,) = of_second_line(tmp_path, line)
    assert is_at(report, line, f'"{key}"', f'{key}"')
    assert f"`{key}`" in report


def test_weights_that_do_not_sum_to_one(tmp_path: Path) -> None:
    line = (
        f'{{{CHURN}, "monthly_usage": [{{"weight": 0.5, "units": 7}}, '
        '{"weight": 0.45, "units": 8}]}'
    )
    (report,) = of_second_line(tmp_path, line)
    assert is_at(report, line, '[{"weight"', '{"weight"')
    assert "0.95" in report


@pytest.mark.parametrize(
    "number", ["0.02123456789", "2.12345678e-2", "0.02000000001", "12345678901e-12"]
)
def test_a_number_of_more_than_nine_digits(tmp_path: Path, number: str) -> None:
    line = GOOD.replace("0.02", number)
    reports = of_second_line(tmp_path, line)
    if number == "2.12345678e-2":  # it has nine
        assert reports == []
        return
    (report,) = reports
    assert is_at(report, line, number)
    assert "digits" in report
    assert number in report or "`monthly_churn`" in report


@pytest.mark.parametrize(
    ("line", "marked", "named"),
    [
        (GOOD.replace("0.02", "3.5"), "3.5", "`monthly_churn`"),
        (GOOD.replace("0.02", "-0.02"), "-0.02", "`monthly_churn`"),
        (GOOD.replace("0.02", "true"), "true", "`monthly_churn`"),
        (GOOD.replace("constant", "constnat"), '"constnat"', "`constnat`"),
        ('{"service_cost_per_month": -1}', "-1", "`service_cost_per_month`"),
        ('{"payment_cost_rate": 2.9}', "2.9", "`payment_cost_rate`"),
        ('{"retention": null}', "null", "`retention`"),
        ('{"monthly_usage": null}', "null", "`monthly_usage`"),
        ('{"price_response": null}', "null", "`price_response`"),
        ('{"variable_cost_per_unit": null}', "null", "`variable_cost_per_unit`"),
        ('{"in_term_churn_multiplier": null}', "null", "`in_term_churn_multiplier`"),
        ('{"monthly_usage": []}', "[]", "`monthly_usage`"),
        ('{"retention": {"model": "curve", "survival": [1, 0.8, 0.9]}}', "0.9", "0.9"),
        ('{"monthly_usage": [{"weight": 1, "units": 1e15}]}', "1e15", "`units`"),
        ('{"monthly_usage": [{"weight": 1, "unit": 5}]}', '"unit"', "`unit`"),
    ],
)
def test_a_value_that_no_profile_may_have(
    tmp_path: Path, line: str, marked: str, named: str
) -> None:
    reports = of_second_line(tmp_path, line)
    (report,) = [one for one in reports if is_at(one, line, marked)]
    assert named in report


@pytest.mark.parametrize("line", ["[1, 2]", "12", '"retention"', "null"])
def test_a_line_that_is_no_mapping(tmp_path: Path, line: str) -> None:
    (report,) = of_second_line(tmp_path, line)
    assert report.startswith(f"{DRAWS}:2:1: ")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (GOOD[:-1], 1),  # of the bracket that is never closed
        (GOOD.replace("0.02", "12M"), GOOD.index("0.02") + 1),
        (GOOD.replace(": {", " {"), GOOD.index(": {") + 2),
        (GOOD + " x", len(GOOD) + 2),
        (f"{GOOD}, {GOOD}", len(GOOD) + 1),
        ("{'retention': 1}", 2),
    ],
)
def test_a_line_that_is_no_json(tmp_path: Path, line: str, column: int) -> None:
    (report,) = of_second_line(tmp_path, line)
    assert report.startswith(f"{DRAWS}:2:{column}: ")


def test_a_key_that_is_there_twice(tmp_path: Path) -> None:
    line = f"{{{CHURN}, {CHURN}}}"
    (report,) = of_second_line(tmp_path, line)
    assert report.startswith(f"{DRAWS}:2:{len(CHURN) + 4}: ")
    assert "`retention`" in report


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_line(tmp_path: Path, blank: str) -> None:
    (report,) = of_second_line(tmp_path, blank)
    assert report.startswith(f"{DRAWS}:2:1: ")


@pytest.mark.parametrize("name", [DRAWS, f"{DRAWS}.gz"])
def test_a_file_without_a_line(tmp_path: Path, name: str) -> None:
    data = gzip.compress(b"") if name.endswith(".gz") else b""
    (report,) = told(book(tmp_path, data, name))
    assert report.startswith((f"{name}:1:1: ", f"{VALUE}: "))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (report,) = told(book(tmp_path, None))
    assert report.startswith(f"{VALUE}: ")
    assert f"`{DRAWS}`" in report


def test_a_file_of_nearly_that_name_is_named(tmp_path: Path) -> None:
    made = book(tmp_path, None)
    (made / "draw.jsonl").write_text(GOOD, "utf-8")
    (report,) = told(made)
    assert "`draw.jsonl`" in report


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    made = book(tmp_path, None)
    (made / DRAWS).mkdir()
    (report,) = told(made)
    assert report.startswith((f"{VALUE}: ", f"{DRAWS}:1:1: "))


@pytest.mark.parametrize(
    "outside", ["../elsewhere.jsonl", "a/../../elsewhere.jsonl", "a/others.jsonl", "absolute"]
)
def test_a_path_that_leaves_the_folder(tmp_path: Path, outside: str) -> None:
    """Draws are beside profiles.yaml; whether there is such a file, is not said."""
    path = tmp_path / "elsewhere.jsonl"
    named = str(path) if outside == "absolute" else outside
    made = book(tmp_path, None, named)
    (made / "a").mkdir()
    without = told(made)
    path.write_text(GOOD, "utf-8")
    assert told(made) == without
    (report,) = without
    assert report.startswith(f"{VALUE}: ")


def test_a_link_that_leaves_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.jsonl"
    path.write_text(GOOD, "utf-8")
    made = book(tmp_path, None)
    (made / DRAWS).symlink_to(path)
    (report,) = told(made)
    assert report.startswith(f"{VALUE}: ")
    within = book(tmp_path / "within", GOOD, "others.jsonl")
    (within / DRAWS).symlink_to(within / "others.jsonl")
    assert told(within) == []


@pytest.mark.parametrize("value", ["12", "[draws.jsonl]", "''"])
def test_draws_that_are_no_name_of_a_file(tmp_path: Path, value: str) -> None:
    made = example_in(tmp_path / "book", (PROFILE, "    members_per_customer: 5", NAMED + value))
    (report,) = told(made)
    assert report.startswith(f"{VALUE}: ")
    assert "`draws`" in report


def test_a_packed_file_that_is_damaged(tmp_path: Path) -> None:
    whole = gzip.compress(f"{GOOD}\n".encode() * 200)
    for data in (whole[: len(whole) // 2], b"not packed", whole[:-6] + b"\0\0\0\0\0\0"):
        reports = told(book(tmp_path / str(len(data)), data, f"{DRAWS}.gz"))
        assert reports
        assert all(each.startswith((f"{DRAWS}.gz:1:", f"{VALUE}: ")) for each in reports)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (report,) = told(book(tmp_path, f"{GOOD}\n".encode() + b'{"\xff": 1}\n'))
    assert report.startswith((f"{DRAWS}:2:", f"{VALUE}: "))
    assert "UTF-8" in report


def test_meters_of_a_draw_are_those_of_the_catalog(tmp_path: Path) -> None:
    texts = texts_of(CARDS)
    line = '{"monthly_usage": [{"weight": 1, "units": {"inptu": 4}}]}'
    head, _, rest = texts[PROFILE].partition("    monthly_usage:")
    texts[PROFILE] = f"{head}    draws: {DRAWS}\n    monthly_usage:{rest}"
    for name, text in {**texts, DRAWS: f"{line}\n"}.items():
        (tmp_path / name).write_text(text, "utf-8")
    (report,) = told(tmp_path)
    assert report.startswith(f"{DRAWS}:1:{line.index('4') + 1}: ")
    assert "`inptu`" in report
    assert "`input`" in report


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    lines = [GOOD.replace("0.02", "2"), GOOD, GOOD.replace("model", "modle"), "{", GOOD]
    made = book(tmp_path, "\n".join(lines) + "\n")
    policy = made / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("usage_unit_price >=", "unit_price >="))
    reports = told(made)
    assert {report.rsplit(":", 3)[0].partition(":")[0] for report in reports} >= {DRAWS}
    places = {report.split(":")[1] for report in reports if report.startswith(DRAWS)}
    assert places == {"1", "3", "4"}
    assert any(report.startswith("policy.yaml:") for report in reports)


def test_the_command_line_tells_of_it_and_writes_nothing(tmp_path: Path) -> None:
    line = GOOD.replace("0.02", "2")
    made = book(tmp_path, f"{GOOD}\n{line}\n")
    done = run("report", made, "--out", tmp_path / "report.html")
    assert (done.exit_code, done.stdout) == (2, "")
    place = line.index(" 2}") + 2
    assert f"{made / DRAWS}:2:{place}: " in done.stderr
    assert line in done.stderr
    assert f"{'^':>{place}}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "report.html").exists()


# --- what a policy asks of draws -----------------------------------------------------------------

LTV = "  min_improvement_rate: 2%\n"


@pytest.mark.parametrize(
    ("said", "marked", "named"),
    [
        ("{at_least: 0%}", "0%}", "`at_least`"),
        ("{at_least: 101%}", "101%", "`at_least`"),
        ("{at_least: -5%}", "-5%", "`at_least`"),
        ("{at_least: many}", "many", "`at_least`"),
        ("{effect: reject}", "{effect", "`at_least`"),
        ("90%", "90%", "`confidence`"),
        ("{at_least: 90%, effect: aproval}", "aproval", "`aproval`"),
        ("{at_least: 90%, effect: approval}", "approval", "`approver`"),
        ("{at_least: 90%, effect: approval, approver: boss}", "boss", "`boss`"),
        ("{at_least: 90%, effect: approval, approver: [vp-sales, boss]}", "boss", "`boss`"),
        ("{at_most: 90%}", "at_most", "`at_most`"),
    ],
)
def test_a_faulty_demand(tmp_path: Path, said: str, marked: str, named: str) -> None:
    line = f"  confidence: {said}"
    made = example_in(tmp_path / "book", ("policy.yaml", LTV, f"{LTV}{line}\n"))
    text = (made / "policy.yaml").read_text("utf-8")
    row = text.splitlines().index(line) + 1
    reports = told(made)
    place = f"policy.yaml:{row}:{line.index(marked) + 1}: "
    (report,) = [one for one in reports if one.startswith(place)]
    assert named in report


@pytest.mark.parametrize("id_", ["ltv-confidence", "ltv-improvement"])
def test_the_ids_of_built_in_rules_are_reserved(tmp_path: Path, id_: str) -> None:
    made = example_in(tmp_path / "book", ("policy.yaml", "id: price-floor", f"id: {id_}"))
    (report,) = told(made)
    assert f"`{id_}`" in report
    assert report.startswith("policy.yaml:")


@pytest.mark.parametrize("condition", ["baseline.ltv_confidence >= 60%", "ltv_confidnce > 1"])
def test_a_condition_that_means_nothing(tmp_path: Path, condition: str) -> None:
    floor = "usage_unit_price >= price_floor"
    (report,) = told(example_in(tmp_path / "book", ("policy.yaml", floor, condition)))
    assert report.startswith("policy.yaml:")
    assert "ltv_confiden" in report


def test_the_example_has_no_such_fault(tmp_path: Path) -> None:
    demand = f"{LTV}  confidence: {{at_least: 100%, effect: approval, approver: [vp-sales]}}\n"
    made = example_in(tmp_path / "book", ("policy.yaml", LTV, demand))
    floor = ("policy.yaml", "usage_unit_price >= price_floor", "ltv_confidence >= 60%")
    text = (made / floor[0]).read_text("utf-8")
    (made / floor[0]).write_text(text.replace(*floor[1:]), "utf-8")
    assert issues_of(made) == ()
    assert issues_of(EXAMPLE) == ()


@pytest.mark.parametrize(
    ("said", "better"),
    [
        ("3", '{"model": "constant", "monthly_churn": 0.03}'),
        ('{"model": "constant", "monthly_churn": "3%"}', "0.03"),
    ],
)
@pytest.mark.parametrize("name", [DRAWS, f"{DRAWS}.gz"])
def test_what_is_to_be_written_is_json(tmp_path: Path, said: str, better: str, name: str) -> None:
    lines = f'{GOOD}\n{{"retention": {said}}}\n'
    data = gzip.compress(lines.encode()) if name.endswith(".gz") else lines
    (fault,) = issues_of(book(tmp_path, data, name))
    assert fault.hint == f"write `{better}`"
    mended = lines.replace(said, better) if said == "3" else lines.replace('"3%"', better)
    data = gzip.compress(mended.encode()) if name.endswith(".gz") else mended
    assert told(book(tmp_path / "mended", data, name)) == []
