"""A service's metrics and alerts from a real Prometheus, through the proxy of a scripted API server."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.background_cache import Cached
from portal.clusters.readers import Readers
from portal.metrics.reading import Metrics
from portal.metrics.sources import ClusterPrometheus, ManagedPrometheus
from portal.metrics.spans import GRIDS, Span
from portal.platforms import Platforms
from rehearsal.controllers.programs import PROGRAMS
from tests.portal import cluster_api
from tests.portal.fakes import FakeRunner
from tests.portal.prometheus_api import EXPORTS, PROXY
from tests.waiting import until
from workspace.ports import free_port

pytestmark = pytest.mark.thorough
NAME, OTHER = "dev-search/qwen", "dev-support/qwen"
_SCRAPE, _SAMPLES, _LOST = 30, 180, range(60, 90)
"""Ninety minutes of scrapes, a quarter of an hour of which Prometheus missed."""
_BUCKETS = {"0.1": 2, "0.5": 8, "1.0": 10, "+Inf": 10}
_RULES = """
groups:
  - name: own
    rules:
      - alert: LlmFirstTokenSlow
        expr: vector(3)
        labels: {severity: critical, service: dev-search/qwen}
        annotations: {summary: "late: {{ $value }} s", runbook_url: "https://example.com/LlmFirstTokenSlow.md"}
      - alert: LlmQueueLong
        expr: vector(1)
        for: 1h
        labels: {severity: warning, service: dev-search/qwen}
"""


def openmetrics(first: int) -> str:
    """Series of two services, as promtool reads them: what the second has must not be in the first's charts."""
    lines: list[str] = []

    def family(name: str, kind: str, *series: tuple[str, dict[str, str], Callable[[int], float]]) -> None:
        lines.append(f"# TYPE {name} {kind}")
        for end, labels, value in series:
            text = ",".join(f'{key}="{value}"' for key, value in labels.items())
            lines.extend(
                f"{name}{end}{{{text}}} {value(n)} {first + n * _SCRAPE}" for n in range(_SAMPLES) if n not in _LOST
            )

    services = [(NAME, "qwen-1", 1), (OTHER, "qwen-2", 100)]
    engines = [({"job": "engines", "service": name, "pod": pod}, by) for name, pod, by in services]

    def gauge(name: str, value: float) -> None:
        family(name, "gauge", *(("", labels, lambda _, by=by: value * by) for labels, by in engines))

    def counter(name: str, each: float) -> None:
        family(name, "counter", *(("_total", labels, lambda n, by=by: n * each * by) for labels, by in engines))

    counter("vllm:prompt_tokens", 3000)
    counter("vllm:generation_tokens", 1500)
    reasons = [(labels | {"finished_reason": reason}, by) for labels, by in engines for reason in ("stop", "error")]
    family(
        "vllm:request_success",
        "counter",
        *(
            ("_total", labels, lambda n, by=by, bad=labels["finished_reason"] == "error": 0 if bad else n * 10 * by)
            for labels, by in reasons
        ),
    )
    family(
        "vllm:time_to_first_token_seconds",
        "histogram",
        *(
            (end, labels | bound, lambda n, each=each: n * each)
            for labels, _ in engines
            for end, bound, each in [
                *(("_bucket", {"le": bound}, each) for bound, each in _BUCKETS.items()),
                ("_count", {}, 10),
                ("_sum", {}, 3),
            ]
        ),
    )
    gauge("vllm:num_requests_running", 4)
    gauge("vllm:num_requests_waiting", 1)
    gauge("vllm:kv_cache_usage_perc", 0.4)
    gauge("up", 1)
    gauge("llm:engine_first_token_seconds", 300)
    family(
        "DCGM_FI_DEV_GPU_UTIL",
        "gauge",
        *(
            ("", {"job": "dcgm", "pod": pod, "gpu": gpu}, lambda _, by=by: 70 / by)
            for _, pod, by in services
            for gpu in "01"
        ),
    )
    answered = {"tenant": "search", "code": "200"}
    family(
        "llm_gateway_requests",
        "counter",
        *(("_total", answered | {"model": name}, lambda n, by=by: n * 10 * by) for name, _, by in services),
    )
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def first() -> int:
    """The moment of the first sample, of ninety minutes up to now."""
    return int(time.time()) // 60 * 60 - _SAMPLES * _SCRAPE


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, first: int) -> Iterator[str]:
    """Address of a Prometheus with these samples."""
    folder: Path = tmp_path_factory.mktemp("prometheus")
    (folder / "samples").write_text(openmetrics(first))
    (folder / "rules.yml").write_text(_RULES)
    (folder / "prometheus.yml").write_text("global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n")
    program = PROGRAMS["prometheus"]
    blocks = ["tsdb", "create-blocks-from", "openmetrics", folder / "samples", folder / "data"]
    subprocess.run([program.tool("promtool"), *blocks], check=True, capture_output=True)
    port = free_port()
    options = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "data",
        "storage.tsdb.retention.time": "1y",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [program.build(), *(f"--{name}={value}" for name, value in options.items())], stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _alerts(url) == {"firing", "pending"})
        yield url
    finally:
        running.terminate()
        running.wait()


@pytest.fixture
def metrics(prometheus: str, first: int) -> Iterator[Metrics]:
    runner = FakeRunner()
    runner.monitoring = dict(EXPORTS)

    def forward(path: str, query: dict[str, str]) -> tuple[int, bytes]:
        answer = httpx.get(prometheus + path, params=query, timeout=60, trust_env=False)
        return answer.status_code, answer.content

    with cluster_api.serving() as api:
        api.proxies[PROXY] = forward
        runner.kubeconfig = api.kubeconfig()
        yield Metrics(
            Platforms(runner, ("dev",)),
            ClusterPrometheus(Readers(runner, {})),
            ManagedPrometheus({}),
            # However long the tests take, the charts end with the samples.
            clock=lambda: first + _SAMPLES * _SCRAPE,
        )


def read(look: Callable[[], Cached[Any]]) -> Any:
    """What a look has, once it was read; it must have no problem."""
    found = until(lambda: (one := look()).value and one)
    assert found.problem is None
    return found.value


def _alerts(url: str) -> set[str]:
    try:
        answer = httpx.get(f"{url}/api/v1/alerts", timeout=60, trust_env=False)
    except httpx.HTTPError:
        return set()
    return {one["state"] for one in answer.json()["data"]["alerts"]} if answer.is_success else set()


def test_every_series_of_a_service_is_its_own(metrics: Metrics):
    values = read(lambda: metrics.service("dev", NAME, Span.HOUR)).values
    middle = {name: found[45] for name, found in values.items()}
    expected = {
        "requests": 20,
        "first_token_p50": 0.3,
        "first_token_p95": 0.875,
        "prompt_tokens": 100,
        "answer_tokens": 50,
        "waiting": 1,
        "running": 4,
        "gpu": 70,
        "kv_cache": 40,
        "engine_errors": 0,
        "gateway_5xx": 0,
        "gateway_429": 0,
        "replicas": 1,
    }
    assert middle == pytest.approx(expected)


def test_first_tokens_are_those_of_its_own_pods(metrics: Metrics):
    assert read(lambda: metrics.first_tokens("dev", NAME)).seconds == {"qwen-1": 300}


def test_time_without_samples_is_a_gap(metrics: Metrics, first: int):
    found = read(lambda: metrics.service("dev", NAME, Span.HOUR))
    grid = GRIDS[Span.HOUR]
    lost = [first + n * _SCRAPE for n in (_LOST.start, _LOST.stop)]
    for name, values in found.values.items():
        empty = [place for place, value in enumerate(values) if value is None]
        moments = [found.start + place * grid.step for place in empty]
        assert empty == list(range(empty[0], empty[-1] + 1)), name
        # A value is of the window before its moment, so the gap begins that much later than the samples end.
        assert moments[0] == pytest.approx(lost[0] + grid.window, abs=2 * grid.step), name
        assert moments[-1] == pytest.approx(lost[1], abs=2 * grid.step), name


def test_a_day_has_the_last_hours_and_a_gap_before_them(metrics: Metrics):
    values = read(lambda: metrics.service("dev", NAME, Span.DAY)).values["requests"]
    assert values[-1] is not None
    assert set(values[: -6 * 3600 // GRIDS[Span.DAY].step]) == {None}


@pytest.mark.parametrize("name", ['dev/x"} or up{job="engines', "dev/\\", "dev/nothing", "dev/é\n"])
def test_a_name_with_the_characters_of_promql_has_no_series(metrics: Metrics, name: str):
    look = until(lambda: (one := metrics.service("dev", name, Span.HOUR)).value and one)
    assert (look.value.values, look.problem) == ({}, None)


def test_alerts_are_read_as_prometheus_writes_them(metrics: Metrics):
    found = {one.name: one for one in read(lambda: metrics.alerts("dev")).alerts}
    slow, queue = found["LlmFirstTokenSlow"], found["LlmQueueLong"]
    assert (slow.state, slow.severity, slow.summary) == ("firing", "critical", "late: 3 s")
    assert queue.state == "pending"
    assert abs(slow.since.timestamp() - time.time()) < 600
