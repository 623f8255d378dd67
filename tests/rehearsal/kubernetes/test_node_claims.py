"""NodeClaims, where Karpenter may not be installed."""

import httpx
import pytest

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.kubernetes.node_claims import node_claims, node_pools, pending_step

KIND = {"name": "nodeclaims", "kind": "NodeClaim", "namespaced": False}
STATUS = {"kind": "Status", "code": 404, "reason": "NotFound", "message": "the server could not find the resource"}


def client(answers: dict[str, dict[str, object]]) -> KubeClient:
    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path)
        return httpx.Response(200, json=found) if found else httpx.Response(404, json=STATUS)

    config = Kubeconfig(server="https://127.0.0.1:1", ca="", certificate="", key="")
    return KubeClient(config, patience=0.1, transport=httpx.MockTransport(answer))


@pytest.mark.parametrize("known", [{}, {"/apis/karpenter.sh/v1": {"resources": []}}])
def test_there_are_none_without_karpenter(known: dict[str, dict[str, object]]) -> None:
    assert node_claims(client(known)) == node_pools(client(known)) == []


def test_those_that_there_are() -> None:
    claims = {"items": [{"metadata": {"name": "g5-abc"}}]}
    known = {"/apis/karpenter.sh/v1": {"resources": [KIND]}, "/apis/karpenter.sh/v1/nodeclaims": claims}
    assert [claim["metadata"]["name"] for claim in node_claims(client(known))] == ["g5-abc"]


@pytest.mark.parametrize(
    ("true", "step"), [((), "Launched"), (("Launched",), "Registered"), (("Launched", "Registered"), "Initialized")]
)
def test_the_first_step_that_is_not_done_is_what_a_claim_waits_for(true: tuple[str, ...], step: str) -> None:
    waited = {"type": step, "status": "Unknown", "message": "m"}
    conditions = [waited, *({"type": kind, "status": "True"} for kind in true)]
    assert pending_step({"status": {"conditions": conditions}}) == (step, waited)


def test_a_claim_without_conditions_is_not_launched_and_one_with_all_waits_for_nothing() -> None:
    assert pending_step({}) == ("Launched", {})
    done = [{"type": kind, "status": "True"} for kind in ("Launched", "Registered", "Initialized")]
    assert pending_step({"status": {"conditions": done}}) is None
