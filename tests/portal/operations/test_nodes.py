"""Nodes for administrators, and what a service's pods wait for, for its team."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from portal import background_cache
from portal.clusters import cache
from portal.db.work import Service
from tests import scaled
from tests.portal import cluster_api as given
from tests.portal import prometheus_api
from tests.portal.cluster_api import (
    CLAIMS,
    EVENTS,
    HPAS,
    LAUNCHED,
    LAUNCHING,
    NODES,
    PODS,
    READY,
    REGISTERING,
    SCALED_OBJECTS,
    UNSCHEDULABLE,
    ClusterApi,
)
from tests.portal.people import Portal
from tests.portal.prometheus_api import PROXY, PrometheusApi


@pytest.fixture
def api(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterApi]:
    monkeypatch.setattr(cache, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(background_cache, "_FAILED_SECONDS", 0.0)
    with given.serving() as found:
        portal.runner.kubeconfig = found.kubeconfig()
        yield found


def until(portal: Portal, login: str, path: str, *keys: Any) -> Any:
    """The answer, once it has something at a path of keys."""
    end = time.monotonic() + 60
    while True:
        answer = getattr(portal, login).get(path).json()
        found = answer
        for key in keys:
            found = found[key] if found and (not isinstance(key, int) or key < len(found)) else None
        if found or time.monotonic() > end:
            assert found, answer
            return answer
        time.sleep(0.02)


def waits(portal: Portal, api: ClusterApi, **objects: Any) -> list[str]:
    """What the one pod of a service waits for."""
    service = portal.deployed()
    api.objects |= {PODS: [given.pod("qwen-1", **UNSCHEDULABLE)]} | objects
    return until(portal, "vera", f"/services/{service['id']}/pods", "pods")["pods"][0]["waits"]


def test_a_job_beside_a_service_takes_a_gpu_and_is_no_pod_of_it(portal: Portal, api: ClusterApi):
    service = portal.deployed()
    warm_up = given.pod("qwen-compile-cache-1", node="ip-2")
    warm_up["metadata"]["labels"]["app.kubernetes.io/name"] = "compile-cache"
    # Its GPU is an init container's, which runs before the others.
    warm_up["spec"] |= {"initContainers": warm_up["spec"]["containers"], "containers": [{"name": "store"}]}
    api.objects[NODES] = [given.node("ip-2", "g5", "g5.xlarge")]
    api.objects[PODS] = [given.pod("qwen-1", node="ip-1", **READY), warm_up]
    (found,) = until(portal, "vera", f"/services/{service['id']}/pods", "pods")["pods"]
    assert found["name"] == "qwen-1"
    (cluster,) = until(portal, "root", "/nodes", 0, "nodes")
    assert cluster["nodes"][0]["gpus_used"] == 1


def test_a_node_has_its_price_and_spot_is_cheaper(portal: Portal, api: ClusterApi):
    api.objects[NODES] = [given.of_group("ip-1", "system"), given.node("ip-2", "g5", "g5.xlarge")]
    api.objects[PODS] = [given.pod("qwen-1", node="ip-2", **READY)]
    (cluster,) = until(portal, "root", "/nodes", 0, "nodes")
    spot, system = cluster["nodes"]
    assert (system["usd_hour"], system["gpus"], system["pool"]) == (0.192, 0, "system")
    assert (spot["gpus_used"], spot["gpus"], spot["capacity_type"]) == (1, 1, "spot")
    assert spot["usd_hour"] == pytest.approx(1.006 * (1 - cluster["spot_discount"]))
    assert cluster["usd_hour"] == pytest.approx(spot["usd_hour"] + 0.192, abs=1e-4)


def test_a_price_that_is_not_known_is_none(portal: Portal, api: ClusterApi):
    api.objects[NODES] = [given.node("ip-1", "g9", "g9.xlarge")]
    assert until(portal, "adam", "/nodes", 0, "nodes")[0]["nodes"][0]["usd_hour"] is None


@pytest.mark.parametrize(
    ("login", "status"), [("root", 200), ("adam", 200), ("anna", 403), ("rosa", 403), ("nina", 403)]
)
def test_nodes_are_for_administrators(portal: Portal, login: str, status: int):
    assert getattr(portal, login).get("/nodes").status_code == status


def test_another_team_does_not_see_the_pods(portal: Portal):
    service = portal.deployed()["id"]
    assert portal.otto.get(f"/services/{service}/pods").status_code == 404
    assert portal.browser("otto").get(f"/services/{service}/pods/live").status_code == 404
    assert portal.browser("rosa").get("/admin/nodes/live").status_code == 403


def test_a_cluster_that_cannot_be_read_is_a_line(portal: Portal):
    found = until(portal, "root", "/nodes", 0, "problem")[0]
    end = time.monotonic() + 60
    while found["problem"] == "the cluster is being read" and time.monotonic() < end:
        found = portal.root.get("/nodes").json()[0]
    assert found["problem"] == "platform dev exports no kubeconfig, or cannot be read"
    assert (found["read_at"], found["nodes"]) == (None, [])
    assert (
        "Its cluster cannot be shown: platform dev exports no kubeconfig"
        in portal.browser("root").get("/admin/nodes").text
    )


def test_a_pod_waits_for_the_scheduler(portal: Portal, api: ClusterApi):
    assert waits(portal, api) == ["no node has room: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu."]


def test_a_pod_waits_for_the_claim_that_was_chosen_for_it(portal: Portal, api: ClusterApi):
    claims = [given.claim("g5-other", "g5", *LAUNCHING), given.claim("g5-mine", "g5", *REGISTERING, **LAUNCHED)]
    found = waits(portal, api, **{CLAIMS: claims, EVENTS: [given.nominated("qwen-1", "nodeclaim/g5-mine")]})
    expected = (
        "Karpenter launches g5-mine in pool g5 (g5.2xlarge, us-east-1b, on-demand): the instance starts, and has not joined the "
        "cluster yet (NodeNotFound: Node not registered with cluster)"
    )
    assert found[1:] == [expected]


def test_without_a_choice_it_is_a_claim_of_its_pool(portal: Portal, api: ClusterApi):
    claims = [given.claim("c6i-1", "c6i", *LAUNCHING), given.claim("g5-1", "g5", *LAUNCHING)]
    assert waits(portal, api, **{CLAIMS: claims})[1].startswith(
        "Karpenter launches g5-1 in pool g5: Karpenter requests an instance"
    )


def test_a_pod_waits_for_capacity(portal: Portal, api: ClusterApi):
    events = [given.no_capacity("g5-aaaaa"), given.no_capacity("c6i-aaaaa"), given.no_capacity("g5-bbbbb", hours=1)]
    found = waits(portal, api, **{EVENTS: events})
    assert len(found) == 2
    assert "pool g5, " in found[1]
    assert "EC2 has no capacity: creating instance, insufficient capacity" in found[1]


def test_a_pod_will_be_on_a_node_that_starts(portal: Portal, api: ClusterApi):
    starting = given.node("ip-1", "g5", "g5.xlarge", labels={"karpenter.sh/initialized": ""})
    found = waits(portal, api, **{NODES: [starting], EVENTS: [given.nominated("qwen-1", "node/ip-1")]})
    assert found[1:] == ["it will be on node ip-1, which is starting"]


def test_a_scheduled_pod_waits_for_its_node_and_its_image(portal: Portal, api: ClusterApi):
    starting = given.node("ip-1", "g5", "g5.xlarge", conditions=[])
    pod = given.pod(
        "qwen-1",
        node="ip-1",
        containerStatuses=[{"name": "vllm", "state": {"waiting": {"reason": "ContainerCreating"}}}],
    )
    assert waits(portal, api, **{NODES: [starting], PODS: [pod]}) == [
        "node ip-1 is starting",
        "container vllm: ContainerCreating",
    ]


def test_a_pod_has_the_stages_of_its_start_measured_and_predicted(portal: Portal, api: ClusterApi):
    prometheus = api.proxies[PROXY] = PrometheusApi(first_tokens={"dev-search/qwen": {"qwen-1": 190}})
    portal.runner.monitoring = dict(prometheus_api.EXPORTS)
    service = portal.deployed()["id"]
    api.objects[NODES] = [given.node("ip-1", "g5", "g5.2xlarge"), given.node("ip-2", "g5", "g5.48xlarge")]
    api.objects[PODS] = [
        given.pod("qwen-1", node="ip-1", **given.started(scheduled=230, started=200, ready=30)),
        given.pod("qwen-2", node="ip-2", **given.started(scheduled=230, started=200, ready=30)),
    ]
    path = f"/services/{service}/pods"
    found = until(portal, "vera", path, "pods", 0, "timeline", 2)["pods"]
    mine, other = ({one["stage"]: one for one in pod["timeline"]} for pod in found)
    assert {name: one["seconds"] for name, one in mine.items()} == {"image_pull": 30, "engine": 170, "first_token": 20}
    predicted = mine["engine"]["predicted"]
    assert 0 < predicted["low"] < predicted["expected"] < predicted["high"]
    assert mine["first_token"]["predicted"] is None, "it waits for a request"
    assert "first_token" not in other, "Prometheus has none of it"
    assert other["engine"]["predicted"] is None, "no type of its pool"
    shown = portal.browser("vera").get(f"/services/{service}").text
    assert '<th scope="row">first token</th><td class="number">20</td>' in shown
    prometheus.instead = (503, {})
    assert portal.vera.get(path).json()["pods"], "pods are shown without Prometheus"


def test_the_page_of_a_service_has_its_pods_alone(portal: Portal, api: ClusterApi):
    service = portal.deployed()
    api.objects[NODES] = [given.node("ip-1", "g5", "g5.xlarge")]
    api.objects[PODS] = [given.pod("qwen-1", node="ip-1", **READY), given.pod("other-1", "other", "ip-1", **READY)]
    until(portal, "vera", f"/services/{service['id']}/pods", "pods")
    shown = portal.browser("vera").get(f"/services/{service['id']}").text
    assert "qwen-1" in shown
    assert "on node ip-1, g5.xlarge, us-east-1a, spot" in shown
    assert "other-1" not in shown


def scaled_api(api: ClusterApi, *scaled_objects: dict[str, Any]) -> None:
    api.objects |= {SCALED_OBJECTS: list(scaled_objects), HPAS: [scaled.hpa(3, 3)]}


def scaling_of(portal: Portal, autoscale: dict[str, int] | None) -> tuple[str, Any]:
    """The id of a service of these settings, and what its pods' answer has of its scaling."""
    service = portal.deployed()["id"]
    with portal.deps.database.session() as session:
        found = session.get_one(Service, service)
        spec = dict(found.spec or {})
        if autoscale:
            del spec["replicas"]
            spec["autoscale"] = autoscale
        found.spec = spec
    return service, until(portal, "vera", f"/services/{service}/pods", "read_at")["scaling"]


def test_an_autoscaled_service_says_why_it_has_its_replicas(portal: Portal, api: ClusterApi):
    scaled_api(api, scaled.scaled_object())
    service, found = scaling_of(portal, {"min": 1, "max": 4})
    sentence = "3 replicas: queue is 4.2 per replica, its threshold 5."
    assert (found["current"], found["desired"], found["reason"]) == (3, 3, sentence)
    assert f"{sentence} <small>Last changed" in portal.browser("vera").get(f"/services/{service}").text


def test_a_fixed_number_of_replicas_has_no_reason(portal: Portal, api: ClusterApi):
    scaled_api(api, scaled.scaled_object())
    assert scaling_of(portal, None)[1] is None


def test_without_its_scaled_object_nothing_scales_a_service(portal: Portal, api: ClusterApi):
    _, found = scaling_of(portal, {"min": 1, "max": 4})
    assert "KEDA has no ScaledObject of the service" in found["reason"]


def test_credentials_that_cannot_list_hpas_still_show_the_pods(portal: Portal, api: ClusterApi):
    scaled_api(api, scaled.scaled_object())
    api.statuses[HPAS] = 403
    api.objects[PODS] = [given.pod("qwen-1", node="ip-1", **READY)]
    service, found = scaling_of(portal, {"min": 1, "max": 4})
    assert found["reason"].endswith("is not known: the portal may not list HorizontalPodAutoscalers in the cluster.")
    assert until(portal, "vera", f"/services/{service}/pods", "pods")["problem"] is None
