"""The real runner in a rehearsal sandbox: the whole path, and kill -9 in the middle of it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.bench.kills import rounds
from portal.bench.person import SERVICE, Person
from portal.bench.server import Server, open_sandbox, rehearse, state_of
from rehearsal.controlplane.client import KubeClient
from rehearsal.sandboxes import existing

SANDBOX = "test-portal"
TEAMS = ["search", "support", "sales"]


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


def run(person: Person, method: str, path: str, **body: object) -> dict:
    """Ask, preview, apply; the job of the apply, when it ended."""
    asked = person.accepted(method, path, body)
    previewed = person.ended(asked["job"])
    assert previewed["status"] == "succeeded", previewed["error"]
    job = person.accepted("POST", f"/changes/{asked['change']}/apply", {})["job"]
    return person.ended(job)


def test_a_team_gets_an_endpoint_talks_to_it_and_gives_it_back(server: Server, sign_in):
    rosa = sign_in("search-requester")
    assert run(rosa, "POST", "/services", **SERVICE, team="search")["status"] == "succeeded"
    service = rosa.get("/services")[0]
    assert service["status"] == "running"
    answer = rosa.send("POST", f"/services/{service['id']}/chat", {"message": "Who are you?"})
    assert "emulator of vLLM" in answer.json()["text"]
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


def test_no_secret_in_any_log_or_answer(server: Server, sign_in):
    rosa = sign_in("search-requester")
    assert run(rosa, "POST", "/services", **(SERVICE | {"name": "quiet"}), team="search")["status"] == "succeeded"
    key = _api_key(server, "dev-search", "quiet")
    said = [rosa.client.get(f"/api/v1/jobs/{job['id']}/events").text for job in rosa.get("/jobs")]
    said += [rosa.client.get(f"/api/v1/{what}").text for what in ("services", "changes", "jobs")]
    said += [path.read_text(errors="replace") for path in server.data.rglob("*.log")]
    database = b"".join(path.read_bytes() for path in server.data.glob("portal.db*"))
    assert len(key) > 20
    assert not [text for text in said if key in text or "client-key-data" in text or "BEGIN" in text]
    assert key.encode() not in database
    service = next(one for one in rosa.get("/services") if one["name"] == "quiet")
    run(rosa, "POST", f"/services/{service['id']}/destroy", confirm="quiet")


def test_nothing_is_written_into_the_programs_folder(server: Server):
    checkout = Path(__file__).resolve().parent.parent.parent
    assert not list(checkout.glob("Pulumi.dev-*.yaml"))
    assert list((server.data / "secrets").glob("dev-*.yaml"))


def test_after_kill_9_every_job_ends_as_its_stack_is(server: Server):
    told = list(rounds(server, TEAMS, 3, lambda _line: None))
    assert [one.lies for one in told] == [[], [], []]
    assert all(sum(one.ended.values()) == len(TEAMS) for one in told)


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
