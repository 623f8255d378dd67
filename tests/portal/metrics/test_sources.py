"""Where metrics are read: the proxy's path, and requests to a workspace that are signed as AWS checks them."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from portal.clusters.readers import Readers
from portal.metrics import queries, sources
from portal.metrics.answers import AwayError
from portal.metrics.reading import Metrics
from portal.metrics.sources import ClusterPrometheus, ManagedPrometheus
from portal.metrics.spans import Span
from portal.platforms import Monitoring, Platforms
from tests.portal import cluster_api
from tests.portal.fakes import FakeRunner
from tests.portal.prometheus_api import EXPORTS, PROXY, PrometheusApi

KEY = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
QUERY = {"query": 'sum(up{service="dev/a b+c&é"})', "start": "0", "end": "60", "step": "60"}


class Workspace:
    """A workspace's query API, which refuses what is not signed by its one user."""

    def __init__(self) -> None:
        self.prometheus = PrometheusApi()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.secret = KEY["AWS_SECRET_ACCESS_KEY"]
        self.status: int | None = None
        self.url = ""

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        query = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self.requests.append((path, query))
        if self.status is not None:
            return self.status, {"message": "no"}
        if self._signature(path, headers, body) != headers["Authorization"].rpartition("Signature=")[2]:
            return 403, {"message": "The request signature we calculated does not match"}
        return self.prometheus(path.removeprefix("/workspaces/ws-1"), query)

    def _signature(self, path: str, headers: Any, body: bytes) -> str:
        signer = SigV4Auth(Credentials(KEY["AWS_ACCESS_KEY_ID"], self.secret), "aps", "us-east-1")
        signed = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        sent = {name: headers[name] for name in signed if name != "host"}
        request = AWSRequest(
            method="POST", url=self.url + path.removeprefix("/workspaces/ws-1"), data=body, headers=sent
        )
        request.context["timestamp"] = headers["X-Amz-Date"]
        return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    found = Workspace()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = found.answer(self.path, self.headers, self.rfile.read(int(self.headers["content-length"])))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/workspaces/ws-1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def at(url: str | None) -> Monitoring:
    return Monitoring(platform="dev", namespace="llm-monitoring", query_url=url, region="us-east-1")


@pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/query", "/api/v1/query/"])
def test_a_workspace_accepts_the_signature(workspace: Workspace, end: str):
    workspace.prometheus.services["dev/a b+c&é"] = lambda *_: 1.0
    found = ManagedPrometheus(KEY).get(at(workspace.url + end), "query_range", QUERY)
    assert found["resultType"] == "matrix"
    assert workspace.requests == [("/workspaces/ws-1/api/v1/query_range", QUERY)]


def test_another_key_is_refused_and_named(workspace: Workspace):
    workspace.secret = "another"
    with pytest.raises(AwayError, match="needs aps:QueryMetrics"):
        ManagedPrometheus(KEY).get(at(workspace.url), "query_range", QUERY)


def test_without_credentials_it_is_a_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    for name in (*KEY, "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AwayError, match=r"no credentials for the workspace \(NoCredentialsError\)"):
        ManagedPrometheus({}).get(at(workspace.url), "query_range", QUERY)


def test_a_workspace_that_is_not_there_is_a_line():
    with pytest.raises(AwayError, match=r"the workspace cannot be reached from the portal \(ConnectError\)"):
        ManagedPrometheus(KEY).get(at("http://127.0.0.1:9/workspaces/ws-1"), "query_range", QUERY)


def test_an_answer_that_drips_or_is_late_is_a_line(monkeypatch: pytest.MonkeyPatch):
    def drip(service: str, query: dict[str, str]) -> tuple[int, Any]:
        time.sleep(1)
        return 200, {}

    with cluster_api.serving() as api:
        api.proxies[PROXY] = drip
        runner = FakeRunner()
        runner.kubeconfig = api.kubeconfig()
        monkeypatch.setattr("portal.clusters.reader.SECONDS", 0.1)
        with pytest.raises(AwayError, match="Prometheus did not answer in 0 s"):
            ClusterPrometheus(Readers(runner, {})).get(at(None), "alerts", {})


def test_a_platform_that_exports_no_kubeconfig_is_a_line():
    with pytest.raises(AwayError, match="exports no kubeconfig"):
        ClusterPrometheus(Readers(FakeRunner(), {})).get(at(None), "alerts", {})


def test_the_workspace_is_queried_while_the_cluster_does_not_answer(workspace: Workspace):
    runner = FakeRunner()
    runner.monitoring = EXPORTS | {"amp_query_url": workspace.url}
    workspace.prometheus.services["dev-search/qwen"] = lambda *_: 3.0
    own = PrometheusApi(instead=(503, {}))
    with cluster_api.serving() as api:
        api.proxies[PROXY] = own
        runner.kubeconfig = api.kubeconfig()
        cluster = ClusterPrometheus(Readers(runner, {}))
        metrics = Metrics(Platforms(runner, ("dev",)), cluster, ManagedPrometheus(KEY))
        found = _until(lambda: metrics.service("dev", "dev-search/qwen", Span.HOUR).value)
        assert found.values["requests"] == (3.0,) * 61
        asked = len(api.requests)
        _until(lambda: metrics.service("dev", "dev-search/other", Span.HOUR).value)
        assert len(api.requests) == asked, "what is away is left alone for a while"
        alerts = _until(lambda: (found := metrics.alerts("dev")).problem != "what fires is being read" and found)
        assert alerts.problem.startswith("Prometheus is not ready")
        assert len(workspace.requests) == 2, "rules are evaluated in the cluster"


def test_an_error_of_one_query_is_not_taken_for_an_absence(workspace: Workspace):
    runner = FakeRunner()
    runner.monitoring = EXPORTS | {"amp_query_url": workspace.url}
    own = PrometheusApi(instead=(422, {"status": "error", "errorType": "execution", "error": "x"}))
    with cluster_api.serving() as api:
        api.proxies[PROXY] = own
        runner.kubeconfig = api.kubeconfig()
        metrics = Metrics(Platforms(runner, ("dev",)), ClusterPrometheus(Readers(runner, {})), ManagedPrometheus(KEY))
        for name in ("a", "b"):
            look = _until(
                lambda name=name: (
                    "being read" not in (found := metrics.service("dev", f"dev/{name}", Span.HOUR)).problem and found
                )
            )
            assert "422 (execution)" in look.problem
        assert len([one for one in api.requests if PROXY in one]) == 2
    assert workspace.requests == []


def test_answers_of_a_day_are_far_below_their_bound():
    own = PrometheusApi(services={"dev/a": lambda *_: 0.123456789012345678})
    end = 86400 * 20_000
    asked = {"query": queries.query("dev/a", 900), "start": str(end - 86400), "end": str(end), "step": "900"}
    assert len(json.dumps(own("/api/v1/query_range", asked)[1])) < sources.MOST_BYTES / 10


def _until(found: Any) -> Any:
    end = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return value
