"""Groups of machines whose launch template has the instance types, against the budgets."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Given, U, case

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SCALING_GROUP = "aws:autoscaling/group:Group"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
P5 = "p5.48xlarge"
NAMED = {"launchTemplateSpecification": {"launchTemplateId": U}}


def template(**props: Any) -> Given:
    return Given(TEMPLATE, {"id": U, **props}, "template")


def group(type_: str = SCALING_GROUP, key: str = "launchTemplate", value: Any = None, **props: Any) -> Given:
    return Given(type_, {key: value or {"id": U}, **props}, "group", {key: ["template"]})


def fleet(*types: str, total: Any = 3.0) -> Given:
    overrides = [{"instanceType": one} for one in types]
    size = {"totalTargetCapacity": total}
    configs = [{**NAMED, "overrides": overrides}]
    return group("aws:ec2/fleet:Fleet", "launchTemplateConfigs", configs, targetCapacitySpecification=size)


def node_group(most: Any) -> Given:
    return group(NODE_GROUP, scalingConfig={"maxSize": most})


def spot_fleet(type_: str, capacity: float) -> Given:
    props = {"launchSpecifications": [{"instanceType": type_}], "targetCapacity": capacity}
    return Given("aws:ec2/spotFleetRequest:SpotFleetRequest", props, "fleet")


OVERRIDES = {"launchTemplate": {**NAMED, "overrides": [{"instanceType": "m5.large"}, {"instanceType": P5}]}}
BUDGET = {"usd_per_month": 1000.0}

EXAMPLES = {
    "gpu-budget": Examples(
        passes=(
            case("a small scaling group", template(instanceType="g5.2xlarge"), group(maxSize=4.0)),
            case("a scaling group without GPUs", template(instanceType="m5.xlarge"), group(maxSize=400.0)),
            case("types of no table without GPUs", template(instanceType="t3.micro"), group(maxSize=400.0)),
            case("a node group by AWS's default type", template(), node_group(400.0)),
            case("one spot instance", Given("aws:ec2/spotInstanceRequest:SpotInstanceRequest", {"instanceType": "g5.2xlarge"})),
        ),
        fails=(
            case("a scaling group", template(instanceType=P5), group(maxSize=3.0)),
            case("overrides of a scaling group", template(instanceType="m5.large"), group(key="mixedInstancesPolicy", value=OVERRIDES, maxSize=3.0)),
            case("a node group by its template", template(instanceType=P5), node_group(3.0)),
            case("a fleet", template(), fleet("m5.large", P5)),
            case("a spot fleet", spot_fleet(P5, 3.0)),
            case("a type that is not listed", template(instanceType=P5), group(maxSize=1.0), instance_types=["g5.2xlarge"]),
        ),
        unknown=(
            case("the type of a template", template(instanceType=U), group(maxSize=3.0)),
            case("the size of a scaling group", template(instanceType=P5), group(maxSize=U)),
            case("a template of elsewhere", Given(SCALING_GROUP, {"launchTemplate": {"id": "lt-1"}, "maxSize": 3.0}, "group")),
            case("a template with requirements", template(instanceRequirements={"acceleratorCount": {"min": 1.0}}), group(maxSize=3.0)),
            case("types of no table with GPUs", template(instanceType="p9.48xlarge"), group(maxSize=3.0)),
        ),
    ),
    "cost-budget": Examples(
        passes=(
            case("a small scaling group", template(instanceType="m5.xlarge"), group(maxSize=2.0), **BUDGET),
            case("a small fleet", template(instanceType="m5.xlarge"), fleet(total=2.0), **BUDGET),
        ),
        fails=(
            case("a scaling group", template(instanceType=P5), group(maxSize=3.0), **BUDGET),
            case("a node group by its template", template(instanceType=P5), node_group(3.0), **BUDGET),
            case("a spot fleet", spot_fleet(P5, 3.0), **BUDGET),
        ),
        unknown=(case("a template of elsewhere", Given(SCALING_GROUP, {"launchTemplate": {"id": "lt-1"}, "maxSize": 3.0}, "group"), **BUDGET),),
    ),
}  # fmt: skip
