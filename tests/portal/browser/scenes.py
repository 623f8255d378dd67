"""A portal in the middle of its life: something runs, something was refused, something waits, something is under way."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.portal.browser.doubles import REMARK, TellingRunner
from tests.portal.browser.site import Site
from tests.portal.pages import page_paths
from tests.portal.people import SERVICE

_WAIT_SECONDS = 20.0
PAGES: dict[str, tuple[str, str]] = {
    "services": ("rosa", "/"),
    "ask": ("rosa", "/ask?model=Qwen/Qwen3-4B-Instruct-2507&max_model_len=8192&concurrency=20"),
    "ask-too-large": ("rosa", "/ask?model=Qwen/Qwen3-32B&max_model_len=8192&pool=g5&name=large"),
    "ask-unknown": ("rosa", "/ask?model=Qwen/Qwen9-4B&max_model_len=8192&pool=g5&size_gib=8"),
    "edit": ("rosa", "/services/{running}/edit"),
    "service": ("rosa", "/services/{running}"),
    "refused": ("rosa", "/changes/{refused}"),
    "previewed": ("rosa", "/changes/{previewed}"),
    "approve": ("anna", "/changes/{waiting}"),
    "approvals": ("anna", "/approvals"),
    "live": ("rosa", "/changes/{live}"),
    "job": ("rosa", "/jobs/{job}"),
    "jobs": ("rosa", "/jobs"),
    "tokens": ("rosa", "/tokens"),
    "everything": ("root", "/"),
    "teams": ("root", "/admin/teams"),
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
        self._client = httpx.Client(base_url=f"{site.url}/api/v1", headers=headers, trust_env=False)

    def get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

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

    def path(self, page: str) -> str:
        return PAGES[page][1].format(**vars(self))


def set_up(site: Site) -> Scene:
    """Bring the portal there, through its API."""
    rosa, anna, otto, root = (Machine(site, login) for login in ("rosa", "anna", "otto", "root"))
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
    root.post("/teams/support/lock", reason="budget review until Friday")
    live, job = _under_way(site.runner, rosa, anna)
    for machine in (rosa, anna, otto, root):
        machine.close()
    return Scene(running=running, refused=refused, previewed=previewed, waiting=waiting, live=live, job=job)


def _under_way(runner: TellingRunner, rosa: Machine, anna: Machine) -> tuple[str, str]:
    live = rosa.change("/services", "previewed", **(SERVICE | {"name": "translator", "weights": {}}))
    rosa.post(f"/changes/{live}/send")
    anna.post(f"/changes/{live}/approve", comment="Agreed for the demo on Thursday")
    runner.hold = True
    job: str = rosa.post(f"/changes/{live}/apply")["job"]
    wait(lambda: any(run.alive for run in runner.runs.values()), "the run did not begin")
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
