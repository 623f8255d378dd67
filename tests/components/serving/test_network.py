from tests.components.builders import deployment, service


def test_pods_are_reached_from_the_load_balancer_and_monitoring_only():
    run = service(monitoring_namespace="prometheus")
    spec = run.one("NetworkPolicy").inputs["spec"]
    (rule,) = spec["ingress"]
    assert rule["ports"] == [{"port": 8000, "protocol": "TCP"}]
    assert rule["from"] == [
        {"ipBlock": {"cidr": "10.0.0.0/26"}},
        {"ipBlock": {"cidr": "10.0.0.64/26"}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prometheus"}}},
    ]
    assert [[port["port"] for port in rule["ports"]] for rule in spec["egress"]] == [[53, 53], [443]]
    assert spec["podSelector"]["matchLabels"] == deployment(run)["selector"]["matchLabels"]
