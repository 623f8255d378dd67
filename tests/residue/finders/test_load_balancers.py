import pytest

from residue.finders.load_balancers import find
from tests.residue.account import context

CLUSTER = [{"Key": "elbv2.k8s.aws/cluster", "Value": "llm-dev"}]


def test_those_of_the_clusters_controller_are_found_by_its_tag() -> None:
    balancers = [
        {"LoadBalancerArn": f"arn:lb{n}", "LoadBalancerName": f"k8s-{n}", "Type": "network"} for n in range(25)
    ]

    def tags(ResourceArns: list[str]) -> dict[str, object]:  # noqa: N803  AWS's spelling
        assert len(ResourceArns) <= 20
        return {
            "TagDescriptions": [
                {"ResourceArn": arn, "Tags": CLUSTER if arn in {"arn:lb3", "arn:lb24"} else []} for arn in ResourceArns
            ]
        }

    found = list(find(context(describe_load_balancers={"LoadBalancers": balancers}, describe_tags=tags)))
    assert [one.id for one in found] == ["k8s-3", "k8s-24"]
    assert found[0].usd_per_month == pytest.approx(16.425)
    assert found[0].command.endswith("--load-balancer-arn arn:lb3")
