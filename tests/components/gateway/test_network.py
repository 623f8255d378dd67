"""In front of the gateway and around it: load balancer, NetworkPolicy."""

from typing import Any

import pytest

from settings.derived.shutdown import GATEWAY_DRAIN_SECONDS
from settings.models.gateway import LONGEST_HOLD_SECONDS
from tests.components.gateway.builders import gateway

PREFIX = "alb.ingress.kubernetes.io/"


def annotations(**settings: Any) -> dict[str, str]:
    made = gateway(**settings).one("Ingress").inputs["metadata"]["annotations"]
    return {key.removeprefix(PREFIX): value for key, value in made.items()}


def test_the_load_balancer_is_internal_and_admits_the_vpc() -> None:
    found = annotations()
    assert (found["scheme"], found["target-type"]) == ("internal", "ip")
    assert found["inbound-cidrs"] == "10.0.0.0/16"
    assert found["listen-ports"] == '[{"HTTP": 80}]'
    assert "certificate-arn" not in found
    assert found["healthcheck-path"] == "/ready"
    assert "owner=ml-platform" in found["tags"].split(",")


def test_source_ranges_take_the_place_of_the_vpc() -> None:
    assert annotations(source_ranges=["10.1.0.0/16", "10.2.0.0/16"])["inbound-cidrs"] == "10.1.0.0/16,10.2.0.0/16"


@pytest.mark.parametrize("hold", [0, 60, LONGEST_HOLD_SECONDS])
def test_a_held_request_is_not_cut_off_by_the_load_balancer(hold: int) -> None:
    found = annotations(hold_seconds=hold)["load-balancer-attributes"].split(",")
    idle = next(int(one.partition("=")[2]) for one in found if one.startswith("idle_timeout"))
    assert hold < idle <= 4000, "an ALB takes 4,000 s at most"
    assert "routing.http.drop_invalid_header_fields.enabled=true" in found


def test_a_target_is_let_go_as_long_as_its_pod_drains() -> None:
    assert f"deregistration_delay.timeout_seconds={GATEWAY_DRAIN_SECONDS}" in annotations()["target-group-attributes"]


def test_an_unready_pod_is_found_in_two_checks() -> None:
    found = annotations()
    assert (found["healthcheck-interval-seconds"], found["unhealthy-threshold-count"]) == ("5", "2")
    assert int(found["healthcheck-timeout-seconds"]) < int(found["healthcheck-interval-seconds"])


def test_pods_are_reached_by_the_load_balancer_and_by_scrapes_only() -> None:
    spec = gateway(monitoring_namespace="observe").one("NetworkPolicy").inputs["spec"]
    clients, scrapes = spec["ingress"]
    assert clients == {
        "from": [{"ipBlock": {"cidr": "10.0.0.0/26"}}],
        "ports": [{"port": 8080, "protocol": "TCP"}],
    }
    assert scrapes["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observe"}}}]
    assert scrapes["ports"] == [{"port": 9902, "protocol": "TCP"}]


def test_the_platforms_monitoring_may_scrape_beside_the_namespace_of_the_settings() -> None:
    _, scrapes = gateway(monitored=True).one("NetworkPolicy").inputs["spec"]["ingress"]
    names = [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in scrapes["from"]]
    assert names == ["monitoring", "llm-monitoring"]


def test_an_internet_facing_one_is_reached_from_the_public_subnets() -> None:
    made = gateway(
        scheme="internet-facing", source_ranges=["203.0.113.0/24"], domain="llm.example.com", zone_id="Z0123456789"
    )
    clients = made.one("NetworkPolicy").inputs["spec"]["ingress"][0]
    assert clients["from"] == [{"ipBlock": {"cidr": "10.0.1.0/24"}}]


@pytest.mark.parametrize(
    ("oidc", "ports"),
    [
        ({"issuer": "https://id.example.com/"}, {443}),
        ({"issuer": "https://id.example.com:8443/realms/a"}, {443, 8443}),
        ({"issuer": "https://id.example.com:8443/a", "jwks_uri": "https://keys.example.com/jwks.json"}, {443}),
        ({"issuer": "https://id.example.com/a", "jwks_uri": "https://keys.example.com:9443/jwks.json"}, {443, 9443}),
        ({"issuer": "https://id.example.com:443/a"}, {443}),
    ],
)
def test_pods_reach_the_port_of_the_issuers_keys(oidc: dict[str, str], ports: set[int]) -> None:
    egress = gateway(oidc=oidc).one("NetworkPolicy").inputs["spec"]["egress"]
    anywhere = [rule for rule in egress if rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]]
    assert {one["port"] for rule in anywhere for one in rule["ports"]} == ports
    assert sum(len(rule["ports"]) for rule in anywhere) == len(ports)


def test_pods_reach_engines_of_labelled_namespaces_dns_and_https() -> None:
    egress = gateway().one("NetworkPolicy").inputs["spec"]["egress"]
    ports = {(one["port"], one["protocol"]) for rule in egress for one in rule["ports"]}
    assert ports == {(53, "UDP"), (53, "TCP"), (443, "TCP"), (8000, "TCP"), (11434, "TCP")}
    engines = next(rule for rule in egress if {"port": 8000, "protocol": "TCP"} in rule["ports"])
    assert engines["to"] == [{"namespaceSelector": {"matchLabels": {"llm-platform/gateway": "enabled"}}}]
