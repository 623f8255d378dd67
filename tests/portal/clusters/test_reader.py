"""Lists of an API server: pages, refusals, tokens that ended."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.clusters import reader as readers
from portal.clusters.reader import Reader
from tests.portal import cluster_api
from tests.portal.cluster_api import CLAIMS, NODES, ClusterApi
from workspace.kubeconfig import Access, ClusterError


@pytest.fixture
def api() -> Iterator[ClusterApi]:
    with cluster_api.serving() as found:
        yield found


def reader(api: ClusterApi, user: dict[str, Any] | None = None, server: str = "") -> Reader:
    return Reader(Access.of(api.kubeconfig(user, server)), {})


def test_every_page_is_read(api: ClusterApi):
    api.objects[NODES] = [cluster_api.of_group(f"ip-{n}", "system") for n in range(5)]
    api.page = 2
    assert len(reader(api).items(NODES, "nodes")) == 5
    assert len(api.requests) == 3


def test_an_api_that_a_cluster_does_not_have_has_nothing_where_it_is_optional(api: ClusterApi):
    assert reader(api).items(CLAIMS, "NodeClaims", optional=True) == []
    with pytest.raises(ClusterError, match="answered 404 for NodeClaims"):
        reader(api).items(CLAIMS, "NodeClaims")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (403, "the portal may not list nodes in the cluster"),
        (401, "the cluster does not accept the portal's credentials"),
        (500, "the cluster's API answered 500 for nodes"),
    ],
)
def test_a_refusal_is_a_line(api: ClusterApi, status: int, problem: str):
    api.statuses[NODES] = status
    with pytest.raises(ClusterError, match=problem):
        reader(api).items(NODES, "nodes")


def test_a_token_that_ended_early_is_made_again(api: ClusterApi, tmp_path: Path):
    made = tmp_path / "made"
    text = (
        f"n = open({str(made)!r}, 'a+'); n.write('x'); n.seek(0)\n"
        'print(\'{"status": {"token": "token-%d"}}\' % len(n.read()))'
    )
    command = {"apiVersion": "v1", "command": sys.executable, "args": ["-c", text]}
    found = reader(api, {"exec": command})
    api.token = "token-1"
    assert found.items(NODES, "nodes") == []
    api.token = "token-2"
    assert found.items(NODES, "nodes") == []
    assert made.read_text() == "xx"


def test_nothing_that_answers_is_a_line(api: ClusterApi):
    with pytest.raises(ClusterError, match="cannot be reached from the portal"):
        reader(api, server="http://127.0.0.1:9").items(NODES, "nodes")


def test_an_answer_that_does_not_come_is_a_line(api: ClusterApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readers, "SECONDS", 0.05)
    monkeypatch.setattr(ClusterApi, "answer", lambda *_: __import__("time").sleep(0.5) or (200, {}))
    with pytest.raises(ClusterError, match="did not answer in 0 s"):
        reader(api).items(NODES, "nodes")
