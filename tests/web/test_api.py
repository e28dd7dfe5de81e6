"""The API: the results of the library, described as they are, refused with their places."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from cp_pricing.book.loading import load
from cp_pricing.tuning import decisions, solve
from cp_pricing.web.api import jobs
from cp_pricing.web.described import text
from tests.support.places import PILOT, ROOT

BOOK, REQUESTS = load(PILOT)
DOCUMENT = json.loads((PILOT / "tuning_requests.json").read_text())["requests"]
DESCRIPTION = json.loads(text())
# What a customer must never read; more of that in tests/report.
SELLERS = ("margin", "ltv", "lifetime", "cost", "approver", "deal-desk", "vp-sales", "profile")


def body(*places: int, **changes: object) -> dict[str, Any]:
    return {"requests": [{**DOCUMENT[place], **changes} for place in places]}


def _checked(reply: Any, path: str, method: str) -> Any:  # noqa: ANN401 - JSON
    """The document of a reply, which must be as its description says."""
    responses = DESCRIPTION["paths"][path][method]["responses"]
    described = responses.get(str(reply.status_code), responses["default"])
    media_type = reply.headers["content-type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    whole = {**schema, "components": DESCRIPTION["components"]}
    faults = list(Draft202012Validator(whole).iter_errors(reply.json()))
    assert not faults, faults[0]
    return reply.json()


def _without_seconds(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for result in results:
        result["provenance"].pop("seconds")
    return results


def _expected(*results: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - results
    return _without_seconds([json.loads(one.model_dump_json()) for one in results])


def test_the_description_is_checked_in_as_it_is_generated(client: TestClient) -> None:
    assert (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8") == text()
    assert client.get("/v1/openapi.json").json() == DESCRIPTION
    assert DESCRIPTION["openapi"] == "3.1.0"
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_book_says_what_can_be_asked(client: TestClient) -> None:
    (book,) = _checked(client.get("/v1/books"), "/v1/books", "get")["books"]
    assert book["digest"] == BOOK.digest
    assert [plan["id"] for plan in book["plans"]] == [p.id for p in BOOK.catalog.configurations]
    assert book["faults"] == []


@pytest.mark.parametrize("detail", ["decision", "rules", "full"])
def test_requests_are_solved_as_by_the_library(client: TestClient, detail: str) -> None:
    reply = client.post(f"/v1/solve?detail={detail}", json=body(0, 1))
    found = _checked(reply, "/v1/solve", "post")["results"]
    solved = [solve(BOOK, request, detail=detail) for request in REQUESTS[:2]]  # type: ignore[arg-type]
    assert _without_seconds(found) == _expected(*solved)
    assert (
        reply.headers["etag"]
        == client.post(f"/v1/solve?detail={detail}", json=body(0, 1)).headers["etag"]
    )
    assert reply.headers["etag"] != client.post("/v1/solve", json=body(0)).headers["etag"]


def test_a_request_is_explained_in_words(client: TestClient) -> None:
    found = _checked(client.post("/v1/explain", json=body(1)), "/v1/explain", "post")
    assert found["result"]["decision"] == "rejected"
    titles = [section["title"] for section in found["words"]]
    assert titles[0] == "Why it is rejected"
    assert titles[-1] == "What to do next"


def test_a_customer_s_explanation_has_nothing_of_the_seller_s_side(client: TestClient) -> None:
    for place in range(len(DOCUMENT)):
        reply = client.post("/v1/explain?for=customer", json=body(place))
        _checked(reply, "/v1/explain", "post")
        said = (reply.text + str(reply.headers)).lower()
        assert not [word for word in SELLERS if word in said]


def test_offers_are_compared(client: TestClient) -> None:
    found = _checked(client.post("/v1/compare", json=body(0, 3, 5)), "/v1/compare", "post")
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["decision"]["values"] == ["accepted", "requires approval", "accepted"]
    assert rows["decision"]["differs"]
    assert not rows["profile"]["differs"]
    assert len(found["results"]) == 3


def test_faults_have_their_places_in_the_body(client: TestClient) -> None:
    text = '{"requests": [\n  {"id": "a", "configuration": "pay-as-you-gone", "profile": "solo"}]}'
    headers = {"content-type": "application/json; charset=utf-8"}
    for path in ("/v1/solve", "/v1/explain", "/v1/compare", "/v1/jobs"):
        reply = client.post(path, content=text, headers=headers)
        assert reply.status_code == 422
        problem = _checked(reply, path, "post")
        (fault,) = problem["faults"]
        assert (fault["file"], fault["line"], fault["column"]) == ("body", 2, 32)
        assert fault["hint"] == "did you mean `pay-as-you-go`?"


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 422),
        (b"\xff", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b'{"requests": []}', "application/json", 422),
        (b'{"requests": [{"id": NaN}]}', "application/json", 422),
        (b'{"requests": [1e999999999]}', "application/json", 422),
    ],
)
def test_what_is_no_document_is_refused(
    client: TestClient, content: bytes, media_type: str, status: int
) -> None:
    for path in ("/v1/solve", "/v1/jobs"):
        reply = client.post(path, content=content, headers={"content-type": media_type})
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
        _checked(reply, path, "post")


@pytest.mark.parametrize(
    "query", ["detail=some", "detail=", "time_limit=0", "time_limit=nan", "time_limit=soon"]
)
def test_what_an_address_cannot_say_is_refused(client: TestClient, query: str) -> None:
    assert client.post(f"/v1/solve?{query}", json=body(0)).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "query", "faults"),
    [
        (
            "post",
            "/v1/solve",
            "detail=full&detial=rules&time%5Flimt=1",
            [
                (13, "unknown key `detial`", "did you mean `detail`?"),
                (26, "unknown key `time_limt`", "did you mean `time_limit`?"),
            ],
        ),
        (
            "post",
            "/v1/explain",
            "audience=customer",
            [(1, "unknown key `audience`", "the keys here are `for`, `time_limit`")],
        ),
        (
            "post",
            "/v1/jobs",
            "&detail=full&detail=rules",
            [(14, "`detail` is given twice", "remove one of them")],
        ),
        ("get", "/v1/books", "book", [(1, "unknown key `book`", "no keys are taken here")]),
        ("get", "/v1/jobs/{id}", "id=1", [(1, "unknown key `id`", "no keys are taken here")]),
    ],
)
def test_an_address_says_nothing_that_is_not_heard(
    client: TestClient, method: str, path: str, query: str, faults: list[tuple[int, str, str]]
) -> None:
    sent = {"json": body(0)} if method == "post" else {}
    reply = client.request(method, f"{path.format(id=7)}?{query}", **sent)  # type: ignore[arg-type]
    assert reply.status_code == 422
    found = _checked(reply, path, method)["faults"]
    assert [(one["column"], one["message"], one["hint"]) for one in found] == faults
    assert {(one["file"], one["line"]) for one in found} == {("query", 1)}


def test_more_than_a_few_requests_are_a_job(client: TestClient) -> None:
    many = {"requests": [{**DOCUMENT[0], "id": f"r{number}"} for number in range(21)]}
    problem = client.post("/v1/solve", json=many).json()
    assert problem["faults"][0]["hint"] == "send them as a job"
    assert client.post("/v1/compare", json=body(0, 1, 2, 3, 4)).status_code == 422


def _ended(client: TestClient, where: str) -> Any:  # noqa: ANN401 - JSON
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = _checked(client.get(where), "/v1/jobs/{id}", "get")
        if job["status"] != "running":
            return job
        time.sleep(0.05)
    raise AssertionError("it never ends")


def test_a_job_is_done_behind_the_others(client: TestClient) -> None:
    begun = client.post("/v1/jobs", json=body(*range(len(DOCUMENT))))
    assert begun.status_code == 202
    assert _checked(begun, "/v1/jobs", "post")["total"] == len(DOCUMENT)
    job = _ended(client, begun.headers["location"])
    assert job["status"] == "done"
    assert job["finished"] == len(DOCUMENT)
    expected = _expected(*decisions(BOOK, REQUESTS, 30.0))
    assert _without_seconds(job["results"]) == expected
    listed = _checked(client.get("/v1/jobs"), "/v1/jobs", "get")["jobs"]
    assert listed[0]["id"] == job["id"]
    assert listed[0]["results"] is None


def test_a_job_can_be_stopped(client: TestClient) -> None:
    begun = client.post("/v1/jobs?detail=full", json=body(*range(len(DOCUMENT))))
    where = begun.headers["location"]
    assert client.get(where).json()["status"] == "running"
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404
    assert client.delete(where).status_code == 404
    assert client.post("/v1/solve", json=body(0)).status_code == 200


def test_only_so_many_jobs_are_kept(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_JOBS", 2)
    for _ in range(4):
        begun = client.post("/v1/jobs", json=body(0))
        assert begun.status_code == 202
        _ended(client, begun.headers["location"])
    assert len(client.get("/v1/jobs").json()["jobs"]) == 2
    running = [client.post("/v1/jobs?detail=full", json=body(*range(9))) for _ in range(3)]
    assert [reply.status_code for reply in running] == [202, 202, 503]
    assert running[-1].headers["retry-after"]
    for reply in running[:2]:
        client.delete(reply.headers["location"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/solve", 405),
        ("DELETE", "/v1/books", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/jobs/..%2f..", 404),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int
) -> None:
    reply = client.request(method, path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == status
    assert (status == 405) == ("allow" in reply.headers)
