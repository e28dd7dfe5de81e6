"""The command line from end to end: what it writes, where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
IDS = ["lower-price", "lower-price-approval", "seller-ltv", "high-included"]
# An installed console script needs the environment that pytest may not be running from.
PROGRAM = [sys.executable, "-c", "from cli.main import main; main(prog_name='cp-pricing')"]
ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, given: str | None = None, **environment: str) -> Result:
    """Run a command in this process, in a pipe of 100 columns unless told otherwise."""
    clean = dict.fromkeys(("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"))
    return CliRunner(env=clean | environment).invoke(
        main, [str(argument) for argument in arguments], input=given, prog_name="cp-pricing"
    )


def started(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, stdin: int | None = None
) -> subprocess.Popen[bytes]:
    """Start the program as a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdin=stdin,
    )


def results(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def asked(**changes: object) -> str:
    """A file of one request of the example."""
    request: dict[str, object] = {
        "id": "asked",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
    }
    return json.dumps({"requests": [request | changes]})


@pytest.fixture
def broken_book(tmp_path: Path) -> Path:
    """The example with one fault in each of its files."""
    folder = tmp_path / "broken"
    shutil.copytree(EXAMPLE, folder)
    for name, right, wrong in (
        ("catalog.yaml", "platform_fee: 79", "platform_fe: 79"),
        ("policy.yaml", "gross_margin", "gros_margin"),
        ("profiles.yaml", "onboarding_cost: 450", "onboarding_cost: no"),
        ("tuning_requests.json", '"self_serve_only"', '"self_serve"'),
    ):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return folder


# --- the program ----------------------------------------------------------------------------


def test_version_and_help_load_nothing_heavy() -> None:
    heavy = "{'pydantic', 'lark', 'ortools', 'rich', 'yaml'}"
    for option in ("--version", "--help"):
        script = (
            "import sys; from cli.main import main\n"
            f"try: main(['{option}'], prog_name='cp-pricing')\n"
            f"finally: print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "[]"


def test_version_is_name_and_number() -> None:
    found = run("--version")
    assert re.fullmatch(r"cp-pricing \d+\.\d+\.\d+\n", found.output)
    assert found.exit_code == 0


@pytest.mark.parametrize(
    "command", [[], ["solve"], ["explain"], ["models"], ["report"], ["completion"]]
)
def test_every_command_has_help_with_examples(command: list[str]) -> None:
    found = run(*command, "--help")
    assert found.exit_code == 0
    assert "cp-pricing " in found.output.partition("Options:")[2]


def test_help_says_what_each_exit_status_means() -> None:
    text = run("solve", "--help").output
    assert re.findall(r"^ +(\d+) {2,}\w", text, re.MULTILINE) == ["0", "1", "2", "3"]


def test_the_list_of_commands_says_each_in_full() -> None:
    text = run("--help").output
    commands = text.partition("Commands:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^  (\w+) +\w.*\.$", commands, re.MULTILINE) == [
        "batch",
        "completion",
        "explain",
        "models",
        "policy",
        "report",
        "solve",
    ]
    assert "..." not in commands


def test_a_mistyped_command_is_answered_with_the_right_one() -> None:
    found = run("sovle")
    assert found.exit_code == 2
    assert "no such command `sovle`; did you mean `solve`?" in found.stderr
    assert "solve, explain, models, policy, report, batch, completion" in run("dance").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    found = run("completion", shell)
    assert found.exit_code == 0
    assert f"_CP_PRICING_COMPLETE={shell}_complete" in found.output
    assert run("completion", SHELL=f"/usr/bin/{shell}").output == found.output


def test_completion_for_an_unknown_shell_asks_for_one() -> None:
    found = run("completion", SHELL="/bin/tcsh")
    assert found.exit_code == 2
    assert "name your shell: bash, zsh, fish" in found.stderr


def test_the_bash_script_can_be_sourced() -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.fail("bash is needed for this test")
    script = run("completion", "bash").output
    done = subprocess.run([bash, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_request_ids_are_completed_from_the_file() -> None:
    words = f"cp-pricing solve {EXAMPLE} --request l"
    found = run(_CP_PRICING_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="4")
    assert found.output.split() == ["plain,lower-price", "plain,lower-price-approval"]


# --- solve: the answers ---------------------------------------------------------------------


def test_json_is_one_document_that_agrees_with_the_published_answers() -> None:
    found = run("solve", EXAMPLE, "--format", "json")
    assert (found.exit_code, found.stderr) == (0, "")
    document = json.loads(found.stdout)
    assert document["schema_version"] == 1
    answers = json.loads((EXAMPLE / "answers.json").read_text(encoding="utf-8"))["answers"]
    assert [result["request_id"] for result in document["results"]] == IDS
    for result, answer in zip(document["results"], answers, strict=True):
        terms = result["configuration"] or {"usage_unit_price": None}
        assert result["decision"] == answer["decision"]
        assert terms["usage_unit_price"] == answer["price"]
        assert [step["usage_unit_price"] for step in result["ladder"]] == answer["ladder"]
        assert f"{float(result['ltv']['required']):.4f}" == answer["required_ltv"]


def test_json_lines_hold_the_same_results_one_a_line() -> None:
    found = run("solve", EXAMPLE, "--format", "jsonl")
    document = json.loads(run("solve", EXAMPLE, "--format", "json").stdout)
    lines = results(found.stdout)
    assert len(lines) == len(IDS)
    for line, result in zip(lines, document["results"], strict=True):
        for part in (line, result):
            del part["provenance"]["seconds"]
        assert line == result


def test_json_is_utf_8_whatever_the_terminal_is(tmp_path: Path) -> None:
    folder = tmp_path / "prix"
    shutil.copytree(EXAMPLE, folder)
    policy = folder / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    described = text.replace(
        "    require: gross_margin", "    description: Marge réelle\n    require: gross_margin"
    )
    policy.write_text(described, encoding="utf-8")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    process = started("solve", folder, "--format", "json", environment=ascii_only)
    out, _ = process.communicate(timeout=60)
    assert "Marge réelle" in json.loads(out.decode("utf-8"))["results"][0]["rules"][1].values()
    process = started("solve", folder, environment=ascii_only)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"Marge r\\xe9elle" in out


def test_requests_can_be_chosen_and_come_in_the_order_asked() -> None:
    chosen = ["--request", "seller-ltv", "--request", "lower-price", "--request", "seller-ltv"]
    found = run("solve", EXAMPLE, *chosen, "--format", "jsonl")
    assert [line["request_id"] for line in results(found.output)] == ["seller-ltv", "lower-price"]


def test_requests_come_from_a_file_or_from_standard_input(tmp_path: Path) -> None:
    text = asked(inputs={"contract_duration_months": 12})
    path = tmp_path / "asked.json"
    path.write_text(text, encoding="utf-8")
    from_file = run("solve", EXAMPLE, "--requests", path, "--format", "jsonl")
    piped = run("solve", EXAMPLE, "--requests", "-", "--format", "jsonl", given=text)
    lines = [results(found.stdout)[0] for found in (from_file, piped)]
    assert lines[0]["decision"] == "accepted"
    assert lines[0]["configuration"]["contract_duration_months"] == 12
    assert lines[0]["configuration"] == lines[1]["configuration"]


def test_without_a_price_book_the_pilot_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp_pricing.files.shipped.pilot_folder", lambda: EXAMPLE)
    found = run("solve", "--format", "jsonl")
    assert [line["request_id"] for line in results(found.output)] == IDS


# --- solve: the report ----------------------------------------------------------------------


def test_the_report_tells_what_a_deal_desk_asks_for() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price-approval").output
    for part in (
        "REQUIRES APPROVAL  lower-price-approval",
        "membership-plus-overage for small-team, lowest usage price",
        "USD 4.00 per 1M tokens, 60% lower than USD 10.00 in the catalog",
        "LTV            USD 2,049.85, 677.30 over the reference",
        "required LTV   USD 1,400.00",
        "reference LTV  USD 1,372.55, membership-plus-overage",
        "approvals      vp-sales for deep-discount",
        "price book ",
    ):
        assert part in text


def test_the_report_shows_the_terms_that_changed() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["contract duration", "month to month", "24 months"] in rows
    assert ["prepaid amount", "USD 0", "USD 1,200"] in rows
    assert ["customer-funded onboarding", "no", "yes"] in rows
    assert not any(row[0] == "platform fee" for row in rows)


def test_the_report_reads_each_rule_with_both_sides_slack_and_status() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price-approval").output
    rows = [" ".join(line.split()) for line in text.splitlines()]
    for row in (
        "satisfied price-floor 4.00 >= 4.00 USD per 1M tokens 0.00",
        "satisfied margin-floor 56.3 >= 30.0 % +26.3",
        "satisfied heavy-user-margin 80.61 >= -60.00 USD/month +140.61",
        "violated deep-discount 60.0 <= 30.0 % -30.0",
        "usage_price_discount <= 30% (vp-sales may waive this)",
        "satisfied ltv-improvement 2,049.85 >= 1,400.00 USD +649.85",
    ):
        assert row in rows


def test_the_report_shows_the_ladder_and_explains_itself() -> None:
    text = run("solve", EXAMPLE, "--request", "lower-price").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["self-serve", "USD 7.00 per 1M tokens", "2,620.81", "none"] in rows
    assert ["vp-sales", "USD 4.00 per 1M tokens", "2,049.85", "deep-discount"] in rows
    result = results(run("solve", EXAMPLE, "--request", "lower-price", "--format", "jsonl").output)
    words = " ".join(text.replace("\n  ", " ").split())
    for sentence in result[0]["explanation"].splitlines():
        assert sentence in words


def test_a_rejected_request_shows_the_near_miss_and_what_it_breaks() -> None:
    text = run("solve", EXAMPLE, "--request", "high-included").output
    assert "REJECTED  high-included" in text
    assert "Rules at the nearest miss" in text
    assert "none; USD 10.00 per 1M tokens in the catalog" in text
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["included tokens", "5M tokens/month", "30M tokens/month"] in rows
    assert ["self-serve", "no answer", "-", "-"] in rows
    assert re.search(r"^violated +ltv-improvement ", text, re.MULTILINE)


def test_several_requests_begin_with_a_summary() -> None:
    text = run("solve", EXAMPLE).output
    summary = text.partition("ACCEPTED")[0]
    rows = [re.split(r" {2,}", line) for line in summary.splitlines()]
    assert ["lower-price", "accepted", "7.00", "2,620.81", "1,400.00", "-"] in rows
    approval = ["lower-price-approval", "requires approval", "4.00", "2,049.85", "1,400.00"]
    assert [*approval, "vp-sales"] in rows
    assert ["high-included", "rejected", "-", "-", "1,400.00", "-"] in rows
    alone = run("solve", EXAMPLE, "--request", "lower-price").output
    assert not alone.startswith("Request")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 140])
@pytest.mark.parametrize("command", ["solve", "models"])
def test_no_line_is_longer_than_the_terminal_is_wide(command: str, width: int) -> None:
    found = run(command, EXAMPLE, COLUMNS=str(width))
    lines = found.output.splitlines()
    assert found.exit_code == 0
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    assert "…" not in found.output
    text = "".join(found.output.split())
    for name in ("membership-plus-overage", "1,400.00"):
        assert name in text


def test_a_narrow_report_says_no_less_than_a_wide_one() -> None:
    narrow = run("solve", EXAMPLE, "--request", "lower-price", COLUMNS="60").output
    assert "93.45 >= -60.00 USD/month, slack +153.45" in narrow
    assert "satisfied   heavy-user-margin" in narrow


def test_a_pipe_gets_100_columns_and_no_control_codes() -> None:
    for command in ("solve", "models"):
        text = run(command, EXAMPLE).output
        assert "\x1b" not in text
        assert 80 < max(map(len, text.splitlines())) <= 100


def test_colours_obey_no_color_and_dumb_terminals() -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    coloured = run("solve", EXAMPLE, FORCE_COLOR="1", TERM="xterm")
    assert colour.search(coloured.output)
    assert not colour.search(run("solve", EXAMPLE, FORCE_COLOR="1", NO_COLOR="1").output)
    assert "\x1b" not in run("solve", EXAMPLE, FORCE_COLOR="1", TERM="dumb").output
    assert "accepted" in run("solve", EXAMPLE, NO_COLOR="1").output


def test_texts_of_the_files_cannot_write_control_codes_or_markup(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(EXAMPLE, folder)
    policy = folder / "policy.yaml"
    text = policy.read_text(encoding="utf-8").replace(
        "    require: gross_margin",
        '    description: "[red]late[/red] :smile:"\n    require: gross_margin',
    )
    policy.write_text(text, encoding="utf-8")
    output = run("solve", folder, "--request", "lower-price").output
    assert "[red]late[/red] :smile:" in output


# --- solve: how it ends ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--fail-on", "rejected"], 1),
        (["--fail-on", "requires_approval"], 1),
        (["--fail-on", "unknown"], 0),
        (["--fail-on", "rejected", "--request", "lower-price"], 0),
        (["--fail-on", "unknown", "--fail-on", "rejected"], 1),
    ],
)
def test_decided_requests_end_with_0_unless_told_otherwise(options: list[str], status: int) -> None:
    found = run("solve", EXAMPLE, "--format", "jsonl", *options)
    assert found.exit_code == status
    assert results(found.stdout)


@pytest.mark.parametrize(
    ("options", "status"), [([], 3), (["--fail-on", "rejected"], 3), (["--fail-on", "unknown"], 1)]
)
def test_an_undecided_request_ends_with_3(options: list[str], status: int) -> None:
    limit = ["--time-limit", "0.000000001", "--request", "lower-price"]
    found = run("solve", EXAMPLE, "--format", "jsonl", *limit, *options)
    assert results(found.stdout)[0]["decision"] == "unknown"
    assert found.exit_code == status


def test_an_undecided_request_is_reported_as_such() -> None:
    found = run("solve", EXAMPLE, "--time-limit", "0.000000001", "--request", "lower-price")
    assert found.exit_code == 3
    assert "UNKNOWN  lower-price" in found.output
    assert "neither a yes nor a no" in found.output
    assert "not decided" in found.output


def test_all_faults_of_all_files_come_at_once_and_nothing_else(broken_book: Path) -> None:
    for output in ("table", "json", "jsonl"):
        found = run("solve", broken_book, "--format", output)
        assert (found.exit_code, found.stdout) == (2, "")
        for name in ("catalog.yaml", "policy.yaml", "profiles.yaml", "tuning_requests.json"):
            assert re.search(rf"{re.escape(str(broken_book / name))}:\d+:\d+: ", found.stderr)
        assert "  hint: did you mean `platform_fee`?" in found.stderr
        assert "    platform_fe: 79\n    ^~~~~~~~~~~\n" in found.stderr
        assert found.stderr.endswith("error: 4 faults; nothing was computed\n")
        assert "Traceback" not in found.stderr


def test_faults_of_standard_input_come_with_those_of_the_price_book(broken_book: Path) -> None:
    text = asked(profile="small-teem")
    found = run("solve", broken_book, "--requests", "-", given=text)
    assert (found.exit_code, found.stdout) == (2, "")
    assert re.search(
        r"^standard input:1:\d+: there is no profile `small-teem`$", found.stderr, re.MULTILINE
    )
    assert "did you mean `small-team`?" in found.stderr
    assert "platform_fe" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solve", "nowhere-at-all"], "nowhere-at-all"),
        (["solve", EXAMPLE, "--requests", "nowhere.json"], "nowhere.json"),
        (["solve", EXAMPLE, "--request", "lower-pice"], "did you mean `lower-price`?"),
        (["solve", EXAMPLE, "--time-limit", "0"], "above 0"),
        (["solve", EXAMPLE, "--time-limit", "nan"], "above 0"),
        (["solve", EXAMPLE, "--format", "xml"], "xml"),
        (["solve", EXAMPLE, "--fail-on", "accepted"], "accepted"),
        (["models", "nowhere-at-all"], "nowhere-at-all"),
        (["models", EXAMPLE, "--profile", "small-teem"], "did you mean `small-team`?"),
        (["models", EXAMPLE, "--baseline", "flat"], "there is no `flat`"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(arguments: list[str | Path], said: str) -> None:
    found = run(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_a_reader_who_stops_early_hears_nothing_more() -> None:
    for output in ("table", "jsonl"):
        process = started("solve", EXAMPLE, "--format", output)
        # Closed before anything is written: the solver is still being loaded.
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.stderr.close()
        assert (process.wait(timeout=60), err) == (141, b"")


def test_a_full_disk_is_said_in_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.fail("/dev/full is needed for this test")
    with full.open("wb") as disk:
        done = subprocess.run(
            [*PROGRAM, "solve", str(EXAMPLE)],
            stdout=disk,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert (done.returncode, done.stderr) == (74, b"error: no space left on device\n")


def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    requests = tmp_path / "requests"
    os.mkfifo(requests)
    process = started("solve", EXAMPLE, "--requests", requests)
    with requests.open("wb"):  # as soon as the program reads it
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    # Ended by the signal, which a shell shows as 130.
    assert (process.returncode, out, err) == (-signal.SIGINT, b"", b"")


def test_an_interrupt_is_pythons_own_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    run("models", EXAMPLE)
    assert signal.getsignal(signal.SIGINT) is before


# --- models ---------------------------------------------------------------------------------


def test_models_shows_every_model_and_where_the_requirement_comes_from() -> None:
    text = run("models", EXAMPLE).output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["flat-membership", "154.00", "80.80", "52.5%", "482.02"] in rows
    assert ["pay-as-you-go", "160.20", "86.82", "54.2%", "603.61"] in rows
    assert ["membership-plus-overage", "208.50", "133.72", "64.1%", "1,372.55 *"] in rows
    assert ["required LTV", "1,400.00"] in rows
    assert "small-team  expects 13.35M tokens a month" in text


def test_the_best_reference_is_marked_for_each_baseline() -> None:
    text = run("models", EXAMPLE, "--baseline", "pay-as-you-go").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["pay-as-you-go", "160.20", "86.82", "54.2%", "487.84"] in rows
    assert ["membership-plus-overage", "208.50", "133.72", "64.1%", "1,066.59 *"] in rows
    assert text.count(" *\n") == 1


def test_models_against_another_baseline() -> None:
    options = ["--baseline", "pay-as-you-go", "--profile", "small-team", "--format", "json"]
    document = json.loads(run("models", EXAMPLE, *options).output)
    assert document["schema_version"] == 1
    (profile,) = document["profiles"]
    (baseline,) = profile["baselines"]
    assert baseline["baseline"] == "pay-as-you-go"
    assert baseline["reference_configuration"] == "membership-plus-overage"
    # The bill of membership-plus-overage is 130% of the baseline's, in the band with more churn.
    assert f"{float(baseline['reference_ltv']):.2f}" == "1066.59"
    assert set(baseline["ltv"]) == {model["configuration"] for model in profile["models"]}


def test_models_agrees_with_the_published_reference_values() -> None:
    answers = json.loads((EXAMPLE / "answers.json").read_text(encoding="utf-8"))["answers"]
    document = json.loads(run("models", EXAMPLE, "--format", "json").output)
    (baseline,) = document["profiles"][0]["baselines"]
    rounded = {name: f"{float(value):.2f}" for name, value in baseline["ltv"].items()}
    assert rounded == answers[0]["all_reference_ltv"]


def test_models_leaves_out_what_a_profile_cannot_have(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    shutil.copytree(EXAMPLE, folder)
    profiles = (folder / "profiles.yaml").read_text(encoding="utf-8")
    other = profiles.partition("profiles:\n")[2].replace("small-team", "solo")
    cohort = "    cohort: {customers: 12, as_of: 2026-03, source: billing}\n"
    (folder / "profiles.yaml").write_text(f"{profiles}\n{other.rstrip()}\n{cohort}", "utf-8")
    catalog = (folder / "catalog.yaml").read_text(encoding="utf-8")
    only = "platform_fee: 120\n    available_to: [small-team]"
    (folder / "catalog.yaml").write_text(catalog.replace("platform_fee: 120", only), "utf-8")
    found = run("models", folder, "--format", "json")
    solo = json.loads(found.stdout)["profiles"][1]
    assert [model["configuration"] for model in solo["models"]] == [
        "flat-membership",
        "pay-as-you-go",
    ]
    assert solo["baselines"] == []
    assert solo["cohort"] == {"customers": 12, "as_of": "2026-03", "source": "billing"}
    assert "fewer than 30" in found.stderr
    table = run("models", folder).stdout
    assert "cohort: 12 customers as of 2026-03 (billing)" in table
    refused = run("models", folder, "--profile", "solo", "--baseline", "membership-plus-overage")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "`membership-plus-overage` is not available to `solo`" in refused.stderr


def test_bad_input_for_models_is_reported_like_that_for_solve(broken_book: Path) -> None:
    found = run("models", broken_book)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.endswith("error: 3 faults; nothing was computed\n")
