"""Examples of the rule on a whole stack's cost."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

POOL = "aws:eks/nodeGroup:NodeGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SCALING_GROUP = Given("aws:autoscaling/group:Group", {"maxSize": 3.0}, "group")
KARPENTER = Given("kubernetes:karpenter.sh/v1:NodePool", {"spec": {}}, "karpenter")


def pool(name: str, type_: Any, most: Any) -> Given:
    return Given(POOL, {"instanceTypes": [type_], "scalingConfig": {"maxSize": most}}, name)


def stack(note: str, budget: float, *given: Given) -> Case:
    return case(note, *given, usd_per_month=budget)


NETWORK = (
    Given("aws:eks/cluster:Cluster", {}, "cluster"),
    Given("aws:ec2/natGateway:NatGateway", {}, "nat"),
    Given(ENDPOINT, {"vpcEndpointType": "Interface", "subnetIds": [U, U]}, "endpoint"),
    Given(ENDPOINT, {"vpcEndpointType": "Gateway"}, "gateway"),
    Given("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}, "balanced"),
    Given("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}, "inside"),
)
"""73 + 32.85 + 3.65 + 14.60 + 16.43 = 140.53 a month."""

EXAMPLES = {
    "cost-budget": Examples(
        passes=(
            stack("no budget", 0, pool("big", "p5.48xlarge", 9.0)),
            stack("within", 1800, pool("g5", "g5.2xlarge", 2.0)),
            stack("network within", 141, *NETWORK),
            stack("one instance", 900, Given("aws:ec2/instance:Instance", {"instanceType": "g5.2xlarge"})),
            stack("no nodes", 1, Given(POOL, {"instanceTypes": ["g5.2xlarge"], "scalingConfig": {"maxSize": 0.0}})),
        ),
        fails=(
            case("above the default", pool("p5", "p5.48xlarge", 3.0)),
            stack("one pool", 1700, pool("g5", "g5.2xlarge", 2.0)),
            stack("the sum of two", 1800, pool("g5", "g5.2xlarge", 2.0), pool("m5", "m5.xlarge", 1.0)),
            stack("network", 140, *NETWORK),
            stack("one instance", 800, Given("aws:ec2/instance:Instance", {"instanceType": "g5.2xlarge"})),
            stack(
                "the dearest of its types",
                1000,
                Given(POOL, {"instanceTypes": ["g5.2xlarge", "g5.4xlarge"], "scalingConfig": {"maxSize": 1.0}}),
            ),
        ),
        unknown=(
            stack("type", 10, pool("it", U, 1.0)),
            stack("no type", 10, Given(POOL, {"scalingConfig": {"maxSize": 1.0}})),
            stack("size", 10, pool("it", "g5.2xlarge", U)),
            stack("not in the table", 10, pool("it", "zz.9xlarge", 1.0)),
            stack("no known price", 10, pool("it", "p5e.48xlarge", 1.0)),
            stack("zones", 10, Given(ENDPOINT, {"subnetIds": U})),
            stack("types that stand elsewhere", 10, SCALING_GROUP, KARPENTER),
        ),
        both=(stack("one pool is too much already", 100, pool("g5", "g5.2xlarge", 2.0), pool("it", U, 1.0)),),
        other=Given("aws:s3/bucket:Bucket", {"bucket": "b"}),
    )
}
