"""The OpenAPI document says what is sent: refusals, token, keys, events, probes."""

import copy
from collections import Counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from portal.api.document import EVENTS
from portal.db.states import ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.web.logs import line
from tests.portal.people import SERVICE, UNLIMITED, Portal

METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture
def document(portal: Portal) -> dict[str, Any]:
    return portal.client.get("/openapi.json").json()


def operations(document: dict[str, Any], below: str = "/api/v1") -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        if path.startswith(below)
        for method, operation in item.items()
        if method in METHODS
    ]


def test_operations_have_short_names_of_their_own(document):
    names = [operation["operationId"] for _, operation in operations(document, "/")]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {"list_services", "request_service", "get_change", "apply", "me", "healthz"} <= set(names)


def test_every_operation_wants_a_token_and_lists_every_refusal(document):
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for name, operation in operations(document):
        assert operation["security"] == [{"bearer": []}], name
        expected = {"400", "401", "403", "404", "409", "422", "429"}
        expected |= {"413", "415"} if not name.startswith("get") else set()
        assert expected <= set(operation["responses"]), name
        for status in expected:
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, f"{name} {status}"
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_changing_operations_take_an_idempotency_key_and_others_do_not(document):
    for name, operation in operations(document):
        given = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
        assert ("Idempotency-Key" in given) == (not name.startswith("get")), name


def test_states_and_kinds_are_enumerated(document):
    schemas = document["components"]["schemas"]
    for enum in (ServiceStatus, ChangeKind, ChangeStatus, JobKind, JobStatus):
        assert schemas[enum.__name__]["enum"] == [str(value) for value in enum]
    assert schemas["ServiceView"]["properties"]["status"] == {"$ref": "#/components/schemas/ServiceStatus"}
    assert schemas["ChangeView"]["properties"]["steps"]["items"] == {"$ref": "#/components/schemas/Step"}
    assert schemas["ChangeView"]["properties"]["findings"]["items"] == {"$ref": "#/components/schemas/Finding"}
    assert {"op", "type", "name", "urn", "parent", "changed"} == set(schemas["Step"]["properties"])


def test_the_stream_names_its_kinds_of_events(document):
    answer = document["paths"]["/api/v1/jobs/{job_id}/events"]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["text/event-stream"]
    assert all(f"`{kind}`" in answer["description"] for kind in EVENTS)


def test_the_kinds_named_are_those_sent(portal: Portal):
    portal.deployed()
    kinds = set()
    for job in portal.rosa.get("/jobs").json():
        text = portal.rosa.get(f"/jobs/{job['id']}/events").text
        kinds |= {row.removeprefix("event: ") for row in text.splitlines() if row.startswith("event: ")}
    assert "end" in kinds
    assert kinds <= set(EVENTS)
    for kind in set(EVENTS) - {"end", "note"}:
        with pytest.raises(KeyError):
            line(1, kind, {})  # the pages read these by name


def test_probes_say_what_they_send(portal: Portal, document):
    assert set(document["paths"]["/readyz"]["get"]["responses"]) == {"200", "503"}
    assert list(document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    assert portal.client.get("/readyz").status_code == 503
    portal.work(1)
    assert portal.client.get("/readyz").status_code == 200
    assert portal.client.get("/metrics").status_code == 200


def test_the_schemas_are_schemas(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_who_is_not_signed_in_is_told_how(portal: Portal):
    answer = portal.client.get("/api/v1/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="portal"')
    answer = portal.client.get("/api/v1/me", headers={"Authorization": "Bearer nonsense"})
    assert answer.headers["www-authenticate"] == 'Bearer realm="portal", error="invalid_token"'


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/services", "GET, POST"),
        ("PATCH", "/api/v1/services/x", "GET, PUT"),
        ("TRACE", "/api/v1/me", "GET"),
        ("OPTIONS", "/api/v1/tokens", "GET, POST"),
        ("HEAD", "/api/v1/me", "GET"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
def test_another_method_is_refused_with_those_there_are(portal: Portal, method: str, path: str, allowed: str):
    answer = portal.client.request(method, path, headers=portal.rosa.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert answer.json() == {"detail": f"{method} is not for this address: use {allowed}"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_head_answers_as_get_without_a_body(portal: Portal, path: str):
    portal.work(1)
    head, get = portal.client.head(path), portal.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_too_many_requests_say_when_to_try_again(build, sqlite_url):
    portal = build(sqlite_url, **(UNLIMITED | {"write_rate": "1/minute"}))
    portal.rosa.ask()
    answer = portal.rosa.ask(name="other")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_a_checked_client_notices_what_the_document_does_not_have(portal: Portal):
    document = portal.client.document = copy.deepcopy(portal.client.app.openapi())
    portal.rosa.ask()
    document["components"]["schemas"]["ServiceView"]["required"].append("colour")
    with pytest.raises(AssertionError, match="'colour' is a required property"):
        portal.rosa.get("/services")
    del document["paths"]["/api/v1/services"]["post"]["responses"]["409"]
    with pytest.raises(AssertionError, match="409 is not in the document"):
        portal.rosa.ask(**SERVICE)
