"""A client generated from the document works, refusals included."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import openapi_python_client
import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType

from tests.portal.people import SERVICE, UNLIMITED, Portal

PACKAGE = "generated_portal_client"


class ToPortal(httpx.BaseTransport):
    """Carries the generated client's requests to a portal in this process."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._portal.client.request(
            request.method,
            str(request.url),
            content=request.read(),
            headers={name: value for name, value in request.headers.items() if name != "host"},
        )
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


@pytest.fixture(scope="module")
def document(migrated: Path, passwords: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from portal.api.document import Problem
    from tests.portal.fakes import FakeRunner
    from tests.portal.people import make_portal

    folder = tmp_path_factory.mktemp("document")
    (folder / "portal.db").write_bytes(migrated.read_bytes())
    portal = make_portal(f"sqlite:///{folder / 'portal.db'}", folder / "data", FakeRunner(), passwords)
    found: dict[str, Any] = portal.client.get("/openapi.json").json()
    portal.close()
    assert Problem.__name__ in found["components"]["schemas"]
    return found


@pytest.fixture(scope="module")
def generated(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("client")
    source = folder / "openapi.json"
    source.write_text(json.dumps(document))
    settings = ConfigFile(package_name_override=PACKAGE, post_hooks=[])
    config = Config.from_sources(settings, MetaType.NONE, source, "utf-8", False, folder / PACKAGE)  # noqa: FBT003
    remarks = openapi_python_client.generate(config=config)
    assert [f"{one.header} {one.detail}" for one in remarks] == [], "every operation and answer is understood"
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


class Client:
    """The generated client as one person uses it."""

    def __init__(self, generated: ModuleType, portal: Portal, token: str) -> None:
        self._client = generated.AuthenticatedClient(
            base_url="http://127.0.0.1:8000", token=token, httpx_args={"transport": ToPortal(portal)}
        )

    def __call__(self, tag: str, operation: str, **arguments: Any) -> Any:
        module = importlib.import_module(f"{PACKAGE}.api.{tag}.{operation}")
        return module.sync_detailed(client=self._client, **arguments)


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


@pytest.fixture
def rosa(generated: ModuleType, portal: Portal) -> Client:
    return Client(generated, portal, portal.tokens["rosa"])


def ask(rosa: Client, **changes: Any) -> Any:
    return rosa("services", "request_service", body=model("NewServiceRequest").from_dict(SERVICE | changes))


def test_a_service_is_proposed_asked_for_listed_and_applied(portal: Portal, rosa: Client):
    proposal = rosa("services", "propose", platform="dev", model=SERVICE["model"], max_model_len=8192)
    assert proposal.parsed.model == SERVICE["model"]
    accepted = ask(rosa)
    assert accepted.status_code == 202
    portal.work()
    change = rosa("services", "get_change", change_id=accepted.parsed.change).parsed
    assert change.status is model("ChangeStatus").PREVIEWED
    assert {step.op for step in change.steps} == {"create"}
    assert rosa("services", "apply", change_id=change.id).status_code == 202
    portal.work()
    (service,) = rosa("services", "list_services").parsed
    assert (service.name, service.status) == ("qwen", model("ServiceStatus").RUNNING)


def test_a_key_makes_a_repeated_request_one(portal: Portal, rosa: Client):
    first, again = (
        rosa(
            "services", "request_service", body=model("NewServiceRequest").from_dict(SERVICE), idempotency_key="once"
        ).parsed
        for _ in range(2)
    )
    assert first.job == again.job


def test_the_stream_and_the_probes_are_read_as_text(portal: Portal, rosa: Client):
    service = portal.deployed()
    job = portal.rosa.get("/jobs").json()[0]["id"]
    assert "event: end" in rosa("jobs", "events", job_id=job).parsed
    assert service["name"] == "qwen"
    assert "portal_jobs" in rosa("health", "metrics").parsed
    assert rosa("health", "healthz").parsed.status == "ok"


def problem(answer: Any, status: int) -> Any:
    assert answer.status_code == status
    assert isinstance(answer.parsed, model("Problem"))
    assert answer.parsed.detail
    return answer.parsed


def test_who_is_not_signed_in_gets_a_problem(generated: ModuleType, portal: Portal):
    assert "token" in problem(Client(generated, portal, "nonsense")("account", "me"), 401).detail


def test_who_may_not_gets_a_problem(generated: ModuleType, portal: Portal, rosa: Client):
    vera = Client(generated, portal, portal.tokens["vera"])
    problem(ask(vera), 403)


def test_what_is_not_there_is_a_problem(rosa: Client):
    problem(rosa("services", "get_service", service_id="nothing"), 404)


def test_what_happened_before_is_a_problem(portal: Portal, rosa: Client):
    ask(rosa)
    assert "choose another name" in problem(ask(rosa), 409).detail


def test_every_mistake_is_in_the_problem(rosa: Client):
    found = problem(ask(rosa, args={"worker-cls": "x.Y", "no-such-option": 1}), 422)
    assert len(found.problems) == 2
    assert len(problem(ask(rosa, name="No Name", replicas=0), 422).problems) == 2


def test_too_many_requests_are_a_problem(generated: ModuleType, build: Any, sqlite_url: str):
    portal = build(sqlite_url, **(UNLIMITED | {"write_rate": "1/minute"}))
    rosa = Client(generated, portal, portal.tokens["rosa"])
    ask(rosa)
    answer = ask(rosa, name="other")
    problem(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1


def test_a_body_that_is_too_large_is_a_problem(rosa: Client):
    problem(ask(rosa, args={"response-role": "x" * 70_000}), 413)
