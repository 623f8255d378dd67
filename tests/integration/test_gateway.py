"""A platform with a gateway and a team stack behind it, in one sandbox. The tests go on from one another, in this order.

Envoy, its policy and the archive that it comes in are those of production; the clients here are those of any API of OpenAI.
"""

import gzip
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import httpx
import openai
import pytest

from benchmark.record import STANDARD
from benchmark.storage import Bucket
from benchmark.storage import records as kept
from cli.operator_policy.needs import OF_THE_EMULATOR, WITHOUT_PERMISSION, needed
from load.plan import Plan, Target
from load.running import Running
from rehearsal.aws.action_log import logged_actions
from rehearsal.aws.client import AwsClient
from rehearsal.bench import consistency
from rehearsal.chaos.failures import Failures
from rehearsal.chaos.fleet import Fleet
from rehearsal.chaos.watch import Watch
from rehearsal.nodes.alb.certificates import CA_FILE
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import file_backend
from rehearsal.stacks.project import aws_environment
from tests.integration import engine_pods
from tests.integration.conftest import WITHOUT_GUARDRAILS
from tests.integration.waiting import soon
from tests.sockets import collecting_aborted

FIRST, TEAMS = "llama-3-8b", "team-example/qwen-3-4b"
POOL = "g5-gpu-karpenter"
REVOKED_SECONDS = 5.0
"""How long a gateway may know a key after it was revoked."""
NOTICE_SECONDS = 60.0
"""Half of what EC2 gives: pods of the test are quicker to replace than on AWS."""
DOMAIN, ZONE = "llm.example.com", "Z0123456789ABCDEFGHIJ"
BENCHMARK_SECONDS = 300.0
FIRST_SECONDS = 300.0
AT_ONCE = 30
SLOW = "0.05"
"""Seconds that an engine takes for a token, so that requests are under way whenever something happens."""


@pytest.fixture(scope="module")
def dev(stack):
    made = stack("dev")
    # Two GPUs for the service, one for the team, one that a rollout, a drain and a notice may use; of one small size, for the budget.
    made.config["pools"][POOL] |= {"team_gpus": 1, "limits": {"gpus": 4}, "instance_types": ["g5.xlarge", "g5.2xlarge"]}
    # The gateway's pods are on nodes that EC2 may take back.
    made.config["pools"]["system"]["capacity"] = "spot"
    made.config["services"][FIRST] |= {"replicas": 2, "benchmark": True}
    consent = {"consent": "data protection DP-12", "auditors": ["arn:aws:iam::123456789012:role/llm-auditors"]}
    made.config["gateway"] = {"replicas": 2, "response_logs": consent}
    made.config["services"][FIRST]["response_logs"] = {
        "consent": "owner, ML-7",
        "tenants": ["audited"],
        "redact": [r"\b\d{4}-\d{4}\b"],
    }
    return made


@pytest.fixture(scope="module")
def llm_keys(dev, tmp_path_factory) -> Callable[..., str]:
    """Runs ``llm-platform keys``, against the sandbox's AWS."""

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "cli.main", "keys", *arguments]
        path = dev.rehearsal.files["dev"]
        ended = subprocess.run(
            [*command, "--stack", str(path)],
            cwd=CHECKOUT,
            env=os.environ | aws_environment(dev.rehearsal.sandbox) | {"AWS_REGION": "us-east-1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


@pytest.fixture(scope="module")
def key(llm_keys) -> str:
    """A key of a tenant, as an operator makes it."""
    llm_keys(
        "tenants",
        "set",
        "acme",
        "--requests-per-second",
        "1000",
        "--tokens-per-minute",
        "10000000",
        "--concurrent-requests",
        "200",
    )
    made = llm_keys("create", "acme", "first").strip()
    assert made.startswith("sk-llm-")
    return made


@pytest.fixture
def gateway(dev, key) -> Iterator[httpx.Client]:
    """A client of the gateway with the tenant's key."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=dev.outputs()["gateway_url"], headers=headers, timeout=90, trust_env=False) as client:
        yield client


def models(gateway: httpx.Client) -> set[str]:
    answer = gateway.get("/models")
    return {one["id"] for one in answer.json()["data"]} if answer.status_code == httpx.codes.OK else set()


def body(model: str, **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Say hello."}], **more}


def test_up_from_nothing(dev):
    # `make policy-check` has the stack with its gateway under the guardrails.
    assert set(dev.run("up").check().changes) == {"create"}
    assert consistency.differences(dev.rehearsal.sandbox) == []


@pytest.mark.soak_only("minutes")
def test_a_second_up_and_a_refresh_change_nothing(dev):
    assert dev.run("up", WITHOUT_GUARDRAILS).check().changes == {}
    assert dev.run("refresh").check().changes == {}


def test_the_operators_policy_allows_what_was_called(rehearsal):
    called = set(logged_actions(rehearsal.sandbox))
    assert {"dynamodb:CreateTable", "s3:PutObject"} <= called
    assert called - needed() - WITHOUT_PERMISSION - OF_THE_EMULATOR == set()


def test_a_tenant_sees_the_models_and_chats(gateway):
    # Each process of the two pods reads keys and models by itself.
    listed = lambda: [models(gateway) for _ in range(12)]  # noqa: E731
    soon(lambda: listed() == [{FIRST, f"dev/{FIRST}"}] * 12, "the models are listed", FIRST_SECONDS)
    answer = gateway.post("/chat/completions", json=body(FIRST)).raise_for_status()
    assert "the rehearsal's emulator of vLLM" in answer.json()["choices"][0]["message"]["content"]
    assert answer.headers["x-ratelimit-limit-requests"] == "1000"


def test_a_job_measures_the_service_after_its_deployment(dev, kube):
    def done() -> bool:
        status = kube.get("batch/v1", "Job", f"{FIRST}-benchmark", "llm").get("status", {})
        assert not status.get("failed"), kube.logs(pod(), "llm")
        return bool(status.get("succeeded"))

    def pod() -> str:
        selector = f"app.kubernetes.io/name=benchmark,app.kubernetes.io/instance={FIRST}"
        name: str = kube.list("v1", "Pod", namespace="llm", label_selector=selector)[0]["metadata"]["name"]
        return name

    soon(done, "the benchmark ends", BENCHMARK_SECONDS)
    (record,) = records(dev)
    assert [run["figures"]["succeeded"] for run in record["runs"]] == [100, 100]
    assert (record["subject"]["gpu"], record["subject"]["replicas"]) == ("A10G", 2)
    assert record["price"]["usd_per_hour"] > 0


def test_an_operator_measures_it_through_the_gateway(dev, key):
    environment = os.environ | aws_environment(dev.rehearsal.sandbox) | {"AWS_REGION": "us-east-1", "LLM_API_KEY": key}
    outputs, stack = dev.outputs(), str(dev.rehearsal.files["dev"])
    command = [sys.executable, "-m", "cli.main", "bench", "--service", FIRST, "--stack", stack, "--tolerance", "100"]
    where = ["--url", outputs["gateway_url"], "--bucket", outputs["bucket_name"]]
    ended = subprocess.run(
        [*command, *where], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    # The gateway is slower than the pods themselves, on a busy machine by more than any tolerance.
    assert ended.returncode in {0, 1}, ended.stderr
    assert ended.stdout.count("100 of 100 (100.0%)") == 2, ended.stdout + ended.stderr
    through, direct = records(dev)
    assert through["url"] in outputs["gateway_url"]
    assert direct["subject"] == through["subject"]


def records(dev) -> list[dict[str, Any]]:
    """Records of the service's standard benchmarks, the newest first."""
    return [dict(one) for one in kept(Bucket(bucket(dev), dev.outputs()["bucket_name"], f"dev/{FIRST}"), STANDARD)]


def bucket(dev) -> Any:
    """A client of S3."""
    environment = aws_environment(dev.rehearsal.sandbox)
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    )
    return session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])


def logged(dev) -> list[dict[str, Any]]:
    """Records of responses that Firehose has delivered."""
    s3, name = bucket(dev), dev.outputs()["bucket_name"]
    found = s3.list_objects_v2(Bucket=name, Prefix="logs/responses/").get("Contents", [])
    texts = [gzip.decompress(s3.get_object(Bucket=name, Key=one["Key"])["Body"].read()) for one in found]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_responses_are_logged_of_tenants_that_agree_and_of_no_other(dev, gateway, llm_keys):
    prompts = {name: f"{name}: my card is 1234-5678" for name in ("audited", "before-consent", "other")}

    def send(client: httpx.Client, prompt: str, **more: Any) -> None:
        asked = body(FIRST, **more) | {"messages": [{"role": "user", "content": prompts[prompt]}]}
        client.post("/chat/completions", json=asked).raise_for_status()

    llm_keys("tenants", "set", "audited", "--requests-per-second", "1000")
    headers = {"Authorization": f"Bearer {llm_keys('create', 'audited', 'first').strip()}"}
    with httpx.Client(base_url=gateway.base_url, headers=headers, timeout=90, trust_env=False) as audited:
        send(audited, "before-consent")
        llm_keys("tenants", "set", "audited", "--response-logs", "head of audited, SE-31")

        def arrived() -> set[bool]:
            send(gateway, "other")
            for stream in (False, True):
                send(audited, "audited", stream=stream)
            return {one["stream"] for one in logged(dev)}

        # Both pods know of the consent within seconds; their records are sent together.
        soon(lambda: arrived() == {False, True}, "a whole answer and a stream are logged")
    found = logged(dev)
    assert {(one["tenant"], one["model"], one["consent"]) for one in found} == {
        ("audited", f"dev/{FIRST}", "owner, ML-7")
    }
    assert all(one["complete"] and "the rehearsal's emulator of vLLM" in one["response"] for one in found)
    assert all("audited: my card is" in one["request"] and "1234-5678" not in one["request"] for one in found)


def test_a_stream_ends_with_its_usage(gateway):
    lines = []
    with gateway.stream("POST", "/chat/completions", json=body(f"dev/{FIRST}", stream=True)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert '"usage"' in lines[-2]


@pytest.mark.parametrize(("sent", "code"), [("", "invalid_api_key"), ("Bearer sk-llm-none", "invalid_api_key")])
def test_without_a_key_nothing_is_answered(dev, sent, code):
    headers = {"Authorization": sent} if sent else {}
    url = f"{dev.outputs()['gateway_url']}/chat/completions"
    answer = httpx.post(url, headers=headers, json=body(FIRST), timeout=60, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (httpx.codes.UNAUTHORIZED, code)


def test_the_service_has_no_load_balancer_of_its_own(dev, kube):
    services = kube.list("v1", "Service", "llm")
    assert [one["spec"]["type"] for one in services if one["metadata"]["name"] == FIRST] == ["ClusterIP"]
    assert FIRST not in dev.services()


def test_a_revoked_key_is_refused_within_seconds(dev, llm_keys):
    made = llm_keys("create", "acme", "second").strip()
    url, headers = f"{dev.outputs()['gateway_url']}/models", {"Authorization": f"Bearer {made}"}

    def status() -> int:
        return httpx.get(url, headers=headers, timeout=60, trust_env=False).status_code

    soon(lambda: status() == httpx.codes.OK, "the key is known")
    llm_keys("revoke", "acme", "second")
    revoked = time.monotonic()
    soon(lambda: status() == httpx.codes.UNAUTHORIZED, "the key is refused", REVOKED_SECONDS)
    while time.monotonic() < revoked + REVOKED_SECONDS:
        time.sleep(0.1)
    assert {status() for _ in range(20)} == {httpx.codes.UNAUTHORIZED}


def test_a_teams_service_comes_and_goes_without_an_update_of_the_platform(stack, dev, gateway, llm_keys):
    before = file_backend.read(dev.rehearsal.sandbox, "dev")
    team = stack("team-example")
    team.config["services"]["qwen-3-4b"]["pool"] = POOL
    team.run("up").check()
    soon(lambda: TEAMS in models(gateway), "the team's model is listed")
    assert "qwen-3-4b" not in models(gateway)
    answer = gateway.post("/chat/completions", json=body(TEAMS)).raise_for_status().json()
    assert answer["model"] == TEAMS
    team.run("destroy").check()
    soon(lambda: TEAMS not in models(gateway), "the team's model is gone")
    refused = gateway.post("/chat/completions", json=body(TEAMS))
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")
    assert file_backend.read(dev.rehearsal.sandbox, "dev").resources == before.resources


def load(dev, key: str, **more: Any) -> Running:
    """Requests to the model, half of them streams."""
    url = dev.outputs()["gateway_url"].removesuffix("/v1")
    return Running(Plan(targets=[Target(url=url, model=FIRST, key=key)], stream_share=0.5, **more))


def answered(running: Running, least: int) -> None:
    with collecting_aborted():
        report = running.report()
        print("\n".join(report.lines()))
        assert report.lost == [], "\n".join([*report.lines(), *map(str, report.lost[:20])])
        assert len(report.answers) > least


def test_requests_wait_for_a_model_that_has_no_replica(dev, kube, key):
    engine_pods.scaled(kube, FIRST, "llm", 0)
    # More than the pods of the gateway together decide at a time, and over both of them.
    with load(dev, key, rps=10, seconds=3) as running:
        time.sleep(3)
        assert running.answers == []
        engine_pods.scaled(kube, FIRST, "llm", 2)
    answered(running, 20)


@pytest.mark.parametrize(("name", "namespace"), [(FIRST, "llm"), ("gateway", "llm-gateway")])
def test_a_rollout_under_load_loses_no_request(dev, kube, key, name, namespace):
    slow = [{"name": "vllm", "env": [{"name": "LLM_REHEARSAL_TOKEN_SECONDS", "value": SLOW}]}] if name == FIRST else []
    template = {"metadata": {"annotations": {"rolled-at": str(time.time())}}, "spec": {"containers": slow}}
    with load(dev, key, rps=5, seconds=600) as running:
        running.wait_for(10)
        kube.patch(
            "apps/v1", "Deployment", name, namespace, {"spec": {"template": template}}, kind_of_patch="strategic"
        )
        soon(lambda: engine_pods.rolled(kube, name, namespace), f"{name} has rolled", engine_pods.SECONDS)
        running.wait_for(len(running.answers) + 10)
    answered(running, 50)


@pytest.mark.soak_only("minutes")
def test_a_drain_of_an_engines_node_loses_no_request(dev, kube, key):
    drained = min(engine_pods.nodes(kube, FIRST, "llm"))
    with load(dev, key, concurrency=AT_ONCE, seconds=600, abort_share=0.05) as running:
        running.wait_for(AT_ONCE)
        engine_pods.drained(kube, drained)
        soon(lambda: engine_pods.rolled(kube, FIRST, "llm"), "the model has both replicas again", engine_pods.SECONDS)
        running.wait_for(len(running.answers) + AT_ONCE)
    assert drained not in engine_pods.nodes(kube, FIRST, "llm")
    answered(running, 100)


def test_notices_of_an_engines_node_and_of_a_gateways_lose_no_request(dev, kube, key, rehearsal):
    fleet = Fleet(rehearsal.sandbox)
    pools = {node.name: node.pool for node in fleet.nodes()}
    engine, gateway = [min(engine_pods.nodes(kube, *pods)) for pods in ((FIRST, "llm"), ("gateway", "llm-gateway"))]
    assert pools[engine] != pools[gateway]

    def notice(node: str) -> bool:
        return Failures(fleet, Watch(kube, print), wait=True).spot_notice(pools[node], NOTICE_SECONDS, node)

    with load(dev, key, concurrency=AT_ONCE, seconds=600, abort_share=0.05) as running, ThreadPoolExecutor() as threads:
        running.wait_for(AT_ONCE)
        first = threads.submit(notice, engine)
        # Karpenter may be on the gateway's node: where it ends while it evicts, the API server counts the pod as disrupted for two
        # minutes, and no eviction is admitted until then (of such a pool of spot the preview warns).
        soon(lambda: engine_pods.leaving(kube, FIRST, "llm", engine), f"{engine} is drained")
        assert [notice(gateway), first.result()] == [True, True]
        for name, namespace in ((FIRST, "llm"), ("gateway", "llm-gateway")):
            soon(lambda name=name, of=namespace: engine_pods.rolled(kube, name, of), f"{name} is whole")
        running.wait_for(len(running.answers) + AT_ONCE)
    assert not {node.name for node in fleet.nodes()} & {engine, gateway}
    fleet.close()
    answered(running, 100)


@pytest.fixture
def resolved(rehearsal, monkeypatch) -> Callable[[], str]:
    """Lets this process resolve the gateway's domain by its record in Route 53, as a line in /etc/hosts does for a developer."""
    client = AwsClient(rehearsal.sandbox).client("route53", "us-east-1")

    def resolve() -> str:
        sets = client.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]
        (record,) = [one for one in sets if (one["Name"].rstrip("."), one["Type"]) == (DOMAIN, "CNAME")]
        address = str(record["ResourceRecords"][0]["Value"])
        resolves_to(monkeypatch, address)
        return address

    return resolve


def resolves_to(monkeypatch, address: str) -> None:
    """Let this process find the gateway's domain at an address."""
    original = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: original(address if host == DOMAIN else host, *rest, **more),
    )


def test_with_a_domain_clients_speak_https_under_its_name_only(dev, key, resolved, rehearsal, monkeypatch):
    dev.config["gateway"] |= {"domain": DOMAIN, "zone_id": ZONE}
    dev.run("up", WITHOUT_GUARDRAILS).check()
    outputs = dev.outputs()
    assert (outputs["gateway_url"], outputs["gateway_tls"]) == (f"https://{DOMAIN}/v1", True)
    address = resolved()
    with pytest.raises(openai.APIConnectionError) as unknown:
        openai.OpenAI(base_url=outputs["gateway_url"], api_key=key, max_retries=0).models.list()
    assert "CERTIFICATE_VERIFY_FAILED" in str(unknown.value.__cause__), "its CA is no public one"
    monkeypatch.setenv("SSL_CERT_FILE", str(rehearsal.sandbox.nodes / CA_FILE))
    client = openai.OpenAI(base_url=outputs["gateway_url"], api_key=key)
    assert {one.id for one in client.models.list()} == {FIRST, f"dev/{FIRST}"}
    question: Any = [{"role": "user", "content": "Say hello."}]
    answer = client.chat.completions.create(model=FIRST, messages=question)
    assert "the rehearsal's emulator of vLLM" in (answer.choices[0].message.content or "")
    parts = list(client.chat.completions.create(model=FIRST, messages=question, stream=True))
    assert parts[-1].usage is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{address}/v1/models", headers={"Authorization": f"Bearer {key}"}, trust_env=False)


@pytest.mark.soak_only("two updates")
@pytest.mark.parametrize("origin", ["certificate_arn", "private_ca_arn"])
def test_a_domain_that_only_the_network_knows(dev, key, kube, rehearsal, monkeypatch, origin):
    """With a certificate that is there, and with one of AWS Private CA: neither makes a record."""
    if origin == "certificate_arn":
        arn = AwsClient(rehearsal.sandbox).client("acm", "us-east-1").request_certificate(DomainName=DOMAIN)
        dev.config["gateway"] |= {origin: arn["CertificateArn"]}
    else:
        subject = {"CommonName": "example"}
        authority = AwsClient(rehearsal.sandbox).client("acm-pca", "us-east-1")
        made = authority.create_certificate_authority(
            CertificateAuthorityConfiguration={
                "KeyAlgorithm": "EC_prime256v1",
                "SigningAlgorithm": "SHA256WITHECDSA",
                "Subject": subject,
            },
            CertificateAuthorityType="ROOT",
        )
        authority.update_certificate_authority(CertificateAuthorityArn=made["CertificateAuthorityArn"], Status="ACTIVE")
        dev.config["gateway"] |= {origin: made["CertificateAuthorityArn"]}
        del dev.config["gateway"]["certificate_arn"]
    dev.config["gateway"].pop("zone_id", None)
    dev.run("up", WITHOUT_GUARDRAILS).check()
    status = kube.get("networking.k8s.io/v1", "Ingress", "gateway", "llm-gateway")["status"]
    address = status["loadBalancer"]["ingress"][0]["ip"]  # a name on AWS
    sets = AwsClient(rehearsal.sandbox).client("route53", "us-east-1").list_resource_record_sets(HostedZoneId=ZONE)
    assert [one for one in sets["ResourceRecordSets"] if one["Name"].rstrip(".") == DOMAIN] == []
    resolves_to(monkeypatch, address)
    monkeypatch.setenv("SSL_CERT_FILE", str(rehearsal.sandbox.nodes / CA_FILE))
    client = openai.OpenAI(base_url=dev.outputs()["gateway_url"], api_key=key)
    assert {one.id for one in client.models.list()} == {FIRST, f"dev/{FIRST}"}


def test_usage_is_counted(llm_keys):
    text = llm_keys("usage", "--tenant", "acme")
    assert f"dev/{FIRST}" in text or FIRST in text


def test_destroy_leaves_nothing(dev, rehearsal):
    sandbox = rehearsal.sandbox
    dev.run("destroy").check()
    assert file_backend.read(sandbox, "dev").resources == ()
    assert consistency.differences(sandbox) == []
