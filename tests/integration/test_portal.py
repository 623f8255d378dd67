"""The real runner in a rehearsal sandbox: the whole path, and kill -9 in the middle of it."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from portal.bench.kills import rounds
from portal.bench.person import SERVICE, Person
from portal.bench.server import Server, open_sandbox, rehearse, state_of
from portal.seed import ADMIN
from rehearsal.controlplane.client import KubeClient
from rehearsal.sandboxes import existing
from rehearsal.stacks import pulumi_cli
from tests.integration.waiting import soon

SANDBOX = "test-portal"
TEAMS = ["search", "support"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("portal")
    connection = folder / "connection.json"
    open_sandbox(SANDBOX, connection)
    made = Server(
        data=folder / "data",
        connection=connection,
        # Jobs of a lower priority would wait for the modules that run at the same time.
        settings={"PORTAL_PARALLEL_JOBS": "10", "PORTAL_SIGN_IN_RATE": "1000/minute", "PORTAL_JOB_NICENESS": "0"},
    )
    made.data.mkdir()
    try:
        made.seed(*TEAMS)
        made.start()
        yield made
    finally:
        made.stop()
        rehearse("down", "--sandbox", SANDBOX)


@pytest.fixture
def sign_in(server: Server) -> Iterator[Callable[[str], Person]]:
    with contextlib.ExitStack() as stack:
        yield lambda login: stack.enter_context(Person(server, login))


@pytest.fixture(scope="module")
def planted() -> list[str]:
    """API keys of the services that were deployed, to be looked for afterwards."""
    return []


def run(person: Person, method: str, path: str, **body: object) -> dict:
    """Ask, preview, apply; the job of the apply, when it ended."""
    asked = person.accepted(method, path, body)
    previewed = person.ended(asked["job"])
    assert previewed["status"] == "succeeded", previewed["error"]
    job = person.accepted("POST", f"/changes/{asked['change']}/apply", {})["job"]
    return person.ended(job)


def test_a_team_gets_an_endpoint_talks_to_it_and_gives_it_back(server: Server, sign_in, planted: list[str]):
    rosa = sign_in("search-requester")
    assert run(rosa, "POST", "/services", **SERVICE, team="search")["status"] == "succeeded"
    service = rosa.get("/services")[0]
    assert service["status"] == "running"
    pods = _until_read(rosa, f"/services/{service['id']}/pods")
    assert [(one["ready"], one["waits"], one["node"]["pool"]) for one in pods["pods"]] == [(True, [], SERVICE["pool"])]
    planted.append(_api_key(server, "dev-search", "qwen"))
    _uses_the_gateway(rosa, sign_in("search-approver"), service["id"])
    drift = rosa.accepted("POST", f"/services/{service['id']}/drift", {})
    assert rosa.ended(drift["job"])["status"] == "succeeded"
    assert rosa.get(f"/services/{service['id']}")["drifted"] == 0
    with KubeClient.from_kubeconfig(existing(SANDBOX).admin_kubeconfig) as kube:
        kube.patch("apps/v1", "Deployment", "qwen", "dev-search", {"spec": {"replicas": 0}})
    drift = rosa.accepted("POST", f"/services/{service['id']}/drift", {})
    assert rosa.ended(drift["job"])["status"] == "succeeded"
    assert rosa.get(f"/services/{service['id']}")["drifted"] == 1
    ended = run(rosa, "POST", f"/services/{service['id']}/destroy", confirm="qwen")
    assert ended["status"] == "succeeded"
    assert not state_of(server.connection, "dev-search", server.data).get("resources")
    left = rosa.get("/changes")[0]["leftovers"]
    assert (left["problem"], left["resources"], left["unchecked"]) == (None, [], [])


def test_an_administrator_sees_the_nodes_of_the_cluster(server: Server, sign_in):
    cluster = _until_read(sign_in(ADMIN), "/nodes", 0)
    # Those of other pools come and go.
    system = [one for one in cluster["nodes"] if one["pool"] == "system"]
    assert {(one["state"], one["instance_type"]) for one in system} == {("ready", "m5.xlarge")}
    with KubeClient.from_kubeconfig(existing(SANDBOX).admin_kubeconfig) as kube:
        known = kube.list("v1", "Node", label_selector="llm-platform/pool=system")
    assert {one["name"] for one in system} == {one["metadata"]["name"] for one in known}


def test_a_guardrail_refuses_and_the_mended_request_passes(server: Server, sign_in):
    rosa = sign_in("support-requester")
    world_wide = {"scheme": "internet-facing", "source_ranges": ["0.0.0.0/0"]}
    asked = rosa.accepted("POST", "/services", SERVICE | {"team": "support", "endpoint": world_wide})
    assert rosa.ended(asked["job"])["status"] == "refused"
    change = rosa.get(f"/changes/{asked['change']}")
    assert [finding["policy"] for finding in change["findings"] if finding["level"] == "mandatory"]
    assert rosa.send("POST", f"/changes/{asked['change']}/apply", {}).status_code == 409
    mended = {name: value for name, value in SERVICE.items() if name not in {"platform", "name"}}
    again = rosa.accepted("PUT", f"/services/{change['service']}", mended)
    assert rosa.ended(again["job"])["status"] == "succeeded"
    rosa.send("POST", f"/changes/{again['change']}/withdraw", {})


def test_no_secret_in_any_log_or_answer(server: Server, sign_in, planted: list[str]):
    rosa = sign_in("search-requester")
    [key] = planted
    said = [rosa.client.get(f"/api/v1/jobs/{job['id']}/events").text for job in rosa.get("/jobs")]
    said += [rosa.client.get(f"/api/v1/{what}").text for what in ("services", "changes", "jobs")]
    said += [path.read_text(errors="replace") for path in server.data.rglob("*.log")]
    database = b"".join(path.read_bytes() for path in server.data.glob("portal.db*"))
    assert len(key) > 20
    assert not [text for text in said if key in text or "client-key-data" in text or "BEGIN" in text]
    assert key.encode() not in database


def test_nothing_is_written_into_the_programs_folder(server: Server):
    checkout = Path(__file__).resolve().parent.parent.parent
    assert not list(checkout.glob("Pulumi.dev-*.yaml"))
    assert list((server.data / "secrets").glob("dev-*.yaml"))


@pytest.mark.soak_only("minutes")
def test_after_kill_9_every_job_ends_as_its_stack_is(server: Server):
    # The second time its runs are killed as well; `make bench-portal` does it 20 times.
    found = list(rounds(server, TEAMS, 2, lambda _line: None))
    assert [one.lies for one in found] == [[], []]
    assert [sum(one.ended.values()) for one in found] == [2, 2]


def _uses_the_gateway(rosa: Person, approver: Person, service: str) -> None:
    """The chat box, a key of the team and its limits, at the real gateway; the usage that the portal shows has all of it."""
    at, model = "/gateways/dev/teams/search", "dev-search/qwen"
    answer = rosa.send("POST", f"/services/{service}/chat", {"message": "Who are you?"})
    assert "emulator of vLLM" in answer.json()["text"]
    made = rosa.send("POST", f"{at}/keys", {"name": "laptop", "days": 1})
    assert made.status_code == httpx.codes.CREATED, made.text
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    outputs = pulumi_cli.outputs(existing(SANDBOX), "dev")
    with httpx.Client(base_url=outputs["gateway_url"], headers=headers, timeout=20, trust_env=False) as api:
        assert [one["id"] for one in api.get("/models").raise_for_status().json()["data"]] == [model]
        chat = {"model": model, "messages": [{"role": "user", "content": "Who are you?"}]}
        assert api.post("/chat/completions", json=chat).raise_for_status().json()["model"] == model
        change = rosa.send("PUT", f"{at}/limits", {"requests_per_second": 0.1}).json()
        assert "from the default" in change["needs_approval"]
        assert rosa.send("POST", f"/changes/{change['id']}/send", {}).is_success
        assert approver.send("POST", f"/changes/{change['id']}/approve", {"comment": "fine"}).is_success
        rosa.accepted("POST", f"/changes/{change['id']}/apply", {})
        soon(lambda: api.post("/chat/completions", json=chat).status_code == httpx.codes.TOO_MANY_REQUESTS, "the limit")
        used = soon(lambda: [one for one in rosa.get(f"{at}/usage")["usage"] if one["requests"] > 1], "the usage")
    assert [one["model"] for one in used] == [model]
    assert used[0]["completion_tokens"] > 0
    assert rosa.get(f"{at}/limits")["limits"]["requests_per_second"] == 0.1


def _until_read(person: Person, path: str, *keys: int) -> dict:
    """The answer once the portal has read the cluster, which takes it a moment the first time."""
    for _ in range(60):
        found = person.get(path)
        for key in keys:
            found = found[key]
        if found["problem"] is None:
            return found
        time.sleep(1)
    raise AssertionError(found["problem"])


def _api_key(server: Server, stack: str, name: str) -> str:
    import json
    import subprocess

    given = json.loads(server.connection.read_text())
    shown = subprocess.run(
        [f"{given['pulumi_root']}/bin/pulumi", "stack", "output", "--show-secrets", "--json", "--stack", stack],
        cwd=server.data / "workspaces" / stack,
        env=given["environment"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(shown.stdout)[f"{name}_api_key"]
