"""A portal in the middle of its life: something runs, something was refused, something waits, something is under way."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import sin
from typing import Any

import httpx

from gateway.store import keys, usage
from gateway.store.table import Table
from portal.clock import now
from tests.portal import cluster_api, prometheus_api
from tests.portal.browser.doubles import REMARK, TellingRunner
from tests.portal.browser.site import Site
from tests.portal.cluster_api import CLAIMS, EVENTS, NODES, PODS, ClusterApi
from tests.portal.pages import page_paths
from tests.portal.people import SERVICE
from tests.portal.prometheus_api import PrometheusApi

_WAIT_SECONDS = 60.0
PAGES: dict[str, tuple[str, str]] = {
    "services": ("rosa", "/"),
    "ask": ("rosa", "/ask?model=Qwen/Qwen3-4B-Instruct-2507&max_model_len=8192&concurrency=20"),
    "ask-too-large": ("rosa", "/ask?model=Qwen/Qwen3-32B&max_model_len=8192&pool=g5&name=large"),
    "ask-unknown": ("rosa", "/ask?model=Qwen/Qwen9-4B&max_model_len=8192&pool=g5&size_gib=8"),
    "edit": ("rosa", "/services/{running}/edit"),
    "service": ("rosa", "/services/{running}"),
    "day": ("vera", "/services/{running}?span=day"),
    "refused": ("rosa", "/changes/{refused}"),
    "previewed": ("rosa", "/changes/{previewed}"),
    "approve": ("anna", "/changes/{waiting}"),
    "approvals": ("anna", "/approvals"),
    "live": ("rosa", "/changes/{live}"),
    "job": ("rosa", "/jobs/{job}"),
    "jobs": ("rosa", "/jobs"),
    "tokens": ("rosa", "/tokens"),
    "keys": ("rosa", "/gateway/dev/search/keys"),
    "limits": ("rosa", "/gateway/dev/search/limits"),
    "limits-change": ("root", "/changes/{limits}"),
    "usage": ("rosa", "/gateway/dev/search/usage"),
    "everything": ("root", "/"),
    "teams": ("root", "/admin/teams"),
    "nodes": ("root", "/admin/nodes"),
    "alerts": ("root", "/admin/alerts"),
    "audit": ("root", "/admin/audit"),
    "not-found": ("rosa", "/changes/none"),
}
"""Pages in a state worth a look: who looks at it, and where it is; names in braces are ids of the scene."""
_FRAGMENTS = {"/ask/proposal"}
_LISTED = {path.partition("?")[0] for _, path in PAGES.values()} | _FRAGMENTS
PAGES |= {path.strip("/"): ("root", path) for path in page_paths() if "{" not in path and path not in _LISTED}


class Machine:
    """Somebody's program, with a token of theirs."""

    def __init__(self, site: Site, login: str) -> None:
        headers = {"Authorization": f"Bearer {site.tokens[login]}"}
        self._client = httpx.Client(
            base_url=f"{site.url}/api/v1", headers=headers, timeout=_WAIT_SECONDS, trust_env=False
        )

    def get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._client.put(path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, path: str) -> None:
        answer = self._client.delete(path)
        assert answer.is_success, answer.text

    def change(self, path: str, until: str, **body: Any) -> str:
        """Ask for a change and wait for what its preview comes to."""
        change: str = self.post(path, **body)["change"]
        self.reaches(change, until)
        return change

    def reaches(self, change: str, status: str) -> None:
        wait(lambda: self.get(f"/changes/{change}")["status"] == status, f"change {change} is not {status}")

    def close(self) -> None:
        self._client.close()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Ids of what is there."""

    running: str
    refused: str
    previewed: str
    waiting: str
    live: str
    job: str
    limits: str
    """A change of limits; empty where the platform has no gateway."""

    def path(self, page: str) -> str:
        return PAGES[page][1].format(**vars(self))


def set_up(site: Site) -> Scene:
    """Bring the portal there, through its API."""
    rosa, anna, otto, root = (Machine(site, login) for login in ("rosa", "anna", "otto", "root"))
    _scale_up(site.cluster)
    put = httpx.put(
        f"{site.url}/api/v1/teams/search/limits",
        json={"gpu_quota": 8, "service_quota": 6, "budget_usd_day": 60.0},
        headers={"Authorization": f"Bearer {site.tokens['root']}"},
        trust_env=False,
    )
    assert put.is_success, put.text
    site.runner.findings = [REMARK]
    first = rosa.change("/services", "previewed", **(SERVICE | {"name": "assistant", "weights": {}}))
    rosa.post(f"/changes/{first}/apply")
    rosa.reaches(first, "applied")
    running = rosa.get(f"/changes/{first}")["service"]
    refused = rosa.change(
        "/services", "refused", **(SERVICE | {"name": "coder", "weights": {}, "args": {"trust-remote-code": True}})
    )
    waiting = rosa.change("/services", "previewed", **(SERVICE | {"name": "search", "replicas": 3, "weights": {}}))
    rosa.post(f"/changes/{waiting}/send")
    previewed = rosa.change(f"/services/{running}/scale", "previewed", replicas=2)
    other = otto.change("/services", "previewed", **(SERVICE | {"name": "answers", "team": "support", "weights": {}}))
    otto.post(f"/changes/{other}/apply")
    otto.reaches(other, "applied")
    limits = _at_gateway(site.table, rosa, otto) if site.table is not None else ""
    root.post("/teams/support/lock", reason="budget review until Friday")
    live, job = _under_way(site.runner, rosa, anna)
    _watched(site.prometheus)
    for reads in (f"/services/{running}/metrics?span=hour", f"/services/{running}/metrics?span=day"):
        wait(lambda path=reads: rosa.get(path)["read_at"], f"{reads} is not read")
    wait(lambda: root.get("/alerts")[0]["alerts"], "alerts are not read")
    for machine in (rosa, anna, otto, root):
        machine.close()
    return Scene(
        running=running, refused=refused, previewed=previewed, waiting=waiting, live=live, job=job, limits=limits
    )


def _at_gateway(table: Table, rosa: Machine, otto: Machine) -> str:
    """Keys, limits with a budget that is nearly spent, a month of usage, and limits that wait for an approver."""
    search, support = "/gateways/dev/teams/search", "/gateways/dev/teams/support"
    old = rosa.post(f"{search}/keys", name="search page", days=365)
    rosa.post(f"{search}/keys/{old['id']}/rotate", overlap_hours=24)
    lost = rosa.post(f"{search}/keys", name="notebooks", days=30)
    rosa.post(f"{search}/keys", name="nightly evaluation", days=90)
    rosa.delete(f"{search}/keys/{lost['id']}")
    keys.mark_used(table, old["id"], int(time.time()) - 120)
    first = rosa.put(f"{search}/limits", usd_per_day=12, usd_per_month=300)["id"]
    rosa.post(f"/changes/{first}/apply")
    for number, (model, price) in enumerate(
        {"dev-search/assistant": 0.4, "dev/qwen": 0.15, "dev-search/coder": 2.0}.items()
    ):
        entries = [
            _usage(model, price, days, number) for days in range(29, -1, -1) if (days + number) % 7 not in {0, 1}
        ]
        usage.add(table, "search", entries, batch=model)
    change: str = otto.put(f"{support}/limits", requests_per_second=25, models=["dev/qwen"])["id"]
    otto.post(f"/changes/{change}/send")
    return change


def _usage(model: str, price: float, days: int, number: int) -> usage.Usage:
    tokens = 400_000 + 90_000 * ((days * 7 + number * 5) % 11)
    hour = (now() - timedelta(days=days)).strftime("%Y-%m-%dT%H")
    return usage.Usage(
        hour=hour,
        model=model,
        team="search",
        requests=tokens // 900,
        prompt_tokens=tokens * 2,
        completion_tokens=tokens // 3,
        microusd=round(tokens * 2.3 * price),
    )


def _scale_up(cluster: ClusterApi) -> None:
    """A cluster in which one pod runs, and another waits for a node that Karpenter launches."""
    ready = cluster_api.READY
    cluster.objects |= {
        NODES: [
            cluster_api.of_group("ip-10-0-64-11.ec2.internal", "system"),
            cluster_api.of_group("ip-10-0-80-12.ec2.internal", "system"),
            cluster_api.node("ip-10-0-64-31.ec2.internal", "g5", "g5.2xlarge"),
            cluster_api.node(
                "ip-10-0-80-32.ec2.internal", "g5", "g5.12xlarge", "on-demand", spec={"unschedulable": True}
            ),
        ],
        PODS: [
            cluster_api.pod(
                "assistant-7d9f-abcde",
                "assistant",
                "ip-10-0-64-31.ec2.internal",
                created=700,
                **cluster_api.started(scheduled=580, started=510, ready=270),
            ),
            cluster_api.pod("assistant-7d9f-fghij", "assistant", **cluster_api.UNSCHEDULABLE),
            cluster_api.pod("search-5c4b-klmno", "search", "ip-10-0-80-32.ec2.internal", **ready),
        ],
        CLAIMS: [
            cluster_api.claim("g5-x7k2p", "g5", *cluster_api.REGISTERING, **cluster_api.LAUNCHED),
            cluster_api.joined("g5-b4c5d", "ip-10-0-64-31.ec2.internal", claimed=698, launched=690),
        ],
        EVENTS: [
            cluster_api.nominated("assistant-7d9f-fghij", "nodeclaim/g5-x7k2p"),
            cluster_api.no_capacity("g5-q2w3e"),
        ],
    }


def _watched(prometheus: PrometheusApi) -> None:
    """Metrics of a busy service that Prometheus missed for some minutes, and what fires."""
    prometheus.services["dev-search/assistant"] = _busy
    prometheus.first_tokens["dev-search/assistant"] = {"assistant-7d9f-abcde": 252}
    prometheus.alerts = [
        prometheus_api.alert(
            "LlmFirstTokenSlow",
            service="dev-search/assistant",
            summary="dev-search/assistant answers late: 95 % of first tokens within 2.4 s, 2 s are meant",
        ),
        prometheus_api.alert(
            "GpuXidHardware",
            severity="critical",
            minutes=3,
            node="ip-10-0-80-32.ec2.internal",
            summary="GPU 2 of ip-10-0-80-32.ec2.internal reports XID 79",
        ),
        prometheus_api.alert(
            "LlmBudgetNearlySpent",
            severity="info",
            minutes=95,
            tenant="search",
            summary="search has spent 84 % of a budget",
        ),
        prometheus_api.alert(
            "LlmQueueLong",
            "pending",
            minutes=2,
            service="dev/qwen",
            summary="7 requests wait for each replica of dev/qwen",
        ),
    ]


def _busy(name: str, at: int) -> float | None:
    """Values that rise and fall over the day, with a gap half an hour and one six hours ago."""
    minute, ago = at // 60, int(time.time()) // 60 - at // 60
    if 27 <= ago <= 31 or 360 <= ago <= 430:
        return None
    wave = 1.3 + 0.8 * sin(minute / 230) + 0.1 * sin(minute * 1.3) * sin(minute / 5)
    return {
        "requests": 42 * wave,
        "first_token_p50": 0.18 + 0.05 * wave,
        "first_token_p95": 0.5 + 0.6 * wave if ago not in {48, 49} else None,
        "answer_tokens": 310 * wave,
        "prompt_tokens": 880 * wave,
        "running": round(6 * wave, 1),
        "waiting": max(0.0, round(3 * (wave - 1.5), 1)),
        "gpu": 38 * wave,
        "kv_cache": 22 * wave,
        "engine_errors": 0.0,
        "gateway_5xx": 1.5 if ago in {24, 25} else 0.0,
        "gateway_429": float(ago in {40, 41, 42}),
        "replicas": 1.0,
    }.get(name)


def _under_way(runner: TellingRunner, rosa: Machine, anna: Machine) -> tuple[str, str]:
    live = rosa.change("/services", "previewed", **(SERVICE | {"name": "translator", "weights": {}}))
    rosa.post(f"/changes/{live}/send")
    anna.post(f"/changes/{live}/approve", comment="Agreed for the demo on Thursday")
    runner.hold = True
    job: str = rosa.post(f"/changes/{live}/apply")["job"]
    wait(lambda: any(run.alive for run in list(runner.runs.values())), "the run did not begin")
    runner.hold = False
    run = runner.held_run()
    kinds = {"translator-role": "aws.iam.Role", "translator": "kubernetes.core.ServiceAccount"}
    for name, kind in kinds.items():
        for phase in ("begin", "done"):
            runner.say(run, "resource", op="create", type=kind, name=name, phase=phase)
    name = "translator-deployment"
    runner.say(run, "resource", op="create", type="kubernetes.apps.Deployment", name=name, phase="begin")
    runner.say(run, "message", severity="info", resource=name, text="0 of 1 replicas ready: loading weights")
    return live, job


def wait(until: Callable[[], bool], otherwise: str) -> None:
    """Look again and again.

    Raises:
        AssertionError: it never came true.
    """
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end:
        if until():
            return
        time.sleep(0.05)
    raise AssertionError(otherwise)
