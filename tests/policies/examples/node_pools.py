"""Karpenter's NodePools: limits, choices of capacity, taints, what they count for in the budgets."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

POOL = "kubernetes:karpenter.sh/v1:NodePool"
BETA = "kubernetes:karpenter.sh/v1beta1:NodePool"
CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
AUTO = "kubernetes:eks.amazonaws.com/v1:NodeClass"
TYPE, CAPACITY, ZONE = "node.kubernetes.io/instance-type", "karpenter.sh/capacity-type", "topology.kubernetes.io/zone"
FAMILY, SIZE, CATEGORY = (f"karpenter.k8s.aws/instance-{name}" for name in ("family", "size", "category"))
GPU_COUNT = "karpenter.k8s.aws/instance-gpu-count"
TAINT = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
OTHER = Given("aws:s3/bucket:Bucket", {"bucket": "b"})


def needs(key: str, *values: Any, operator: Any = "In") -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


def spec(*requirements: Any, limits: Any = None, labels: Any = None, **template: Any) -> dict[str, Any]:
    inner = {
        "requirements": list(requirements),
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
    }
    return {
        "template": {"metadata": {"labels": labels or {}}, "spec": {**inner, **template}},
        **({} if limits is None else {"limits": limits}),
    }  # fmt: skip


def pool(*requirements: Any, kind: str = POOL, name: str = "pool", depends: tuple[str, ...] = (), **more: Any) -> Given:
    props = {"metadata": {"name": name}, "spec": spec(*requirements, **more)}
    return Given(kind, props, name, {"spec": depends} if depends else {})


def one(note: str, *requirements: Any, kind: str = POOL, config: dict[str, Any] | None = None, **more: Any) -> Case:
    return case(note, pool(*requirements, kind=kind, **more), **(config or {}))


def node_class(*terms: Any, kind: str = CLASS, **props: Any) -> Given:
    return Given(kind, {"metadata": {"name": "gpu"}, "spec": {"subnetSelectorTerms": list(terms), **props}}, "class")


def subnet(name: str, zone: Any, **props: Any) -> Given:
    return Given("aws:ec2/subnet:Subnet", {"id": f"subnet-{name}", "availabilityZone": zone, **props}, name)


G5 = needs(TYPE, "g5.xlarge")
SPOT, ON_DEMAND, ONE_ZONE = needs(CAPACITY, "spot"), needs(CAPACITY, "on-demand"), needs(ZONE, "us-east-1a")
GPU_LIMIT = {"nvidia.com/gpu": 4}

EXAMPLES = {
    "nodepool-limits": Examples(
        passes=(
            one("GPUs of a GPU pool", G5, limits=GPU_LIMIT),
            one("text", G5, limits={"nvidia.com/gpu": "4"}),
            one("by category", needs(CATEGORY, "g", "p"), limits=GPU_LIMIT),
            one("vCPUs", limits={"cpu": "64"}),
            one("a quantity", limits={"cpu": "1500m"}),
            one("memory", needs(CATEGORY, "c"), limits={"memory": "1000Gi"}),
            one("none at all may start", limits={"cpu": "0"}),
            one("former version", kind=BETA, limits={"cpu": 64}),
            one("nodes", limits={"nodes": 4}),
            one("Neuron", needs(FAMILY, "trn1", "inf2"), limits={"aws.amazon.com/neuron": 4}),
            case("static", Given(POOL, {"spec": {**spec(), "replicas": 2}})),
        ),
        fails=(
            one("none", G5),
            one("none, former version", kind=BETA),
            one("empty", limits={}),
            one("no quantity", limits={"cpu": "many"}),
            one("a resource that no node has", G5, limits={"gpu": 4}),
            one("vCPUs by another name", limits={"vcpus": 4}),
            one("GPUs of a CPU pool", needs(CATEGORY, "c", "m"), limits=GPU_LIMIT),
            one("GPUs of a pool of both", limits=GPU_LIMIT),
            case("a list of pools", Given(f"{POOL}List", {"items": [{"spec": spec(limits={"cpu": 4})}, {"spec": spec()}]})),
        ),
        unknown=(
            one("limits", limits=U),
            one("an amount", limits={"cpu": U}),
            one("whether it has GPUs", needs(TYPE, U), limits=GPU_LIMIT),
        ),
        other=OTHER,
    ),
    "nodepool-single-choice": Examples(
        passes=(
            one("two types", needs(TYPE, "g5.xlarge", "g5.2xlarge"), SPOT, ONE_ZONE),
            one("two capacity types", G5, needs(CAPACITY, "spot", "on-demand"), ONE_ZONE),
            one("two zones", G5, SPOT, needs(ZONE, "us-east-1a", "us-east-1b")),
            one("any capacity type", G5, ONE_ZONE),
            one("a family", needs(FAMILY, "g5"), SPOT, ONE_ZONE),
            one("any size but one", needs(FAMILY, "g5"), needs(SIZE, "metal", operator="NotIn"), SPOT, ONE_ZONE),
            one("any type", SPOT, ONE_ZONE),
            one("more than four vCPUs", needs(CATEGORY, "g"), needs("karpenter.k8s.aws/instance-cpu", "4", operator="Gt"), SPOT, ONE_ZONE),
            one("anything exists", G5, needs(CAPACITY, operator="Exists"), ONE_ZONE),
            one("not reserved", G5, needs(CAPACITY, "reserved", operator="NotIn"), ONE_ZONE),
            one("reserved, then on demand", G5, needs(CAPACITY, "reserved", "on-demand"), ONE_ZONE),
            case("zones of the class's subnets", pool(G5, SPOT), node_class({"id": "subnet-a"}, {"id": "subnet-b"}), subnet("a", "us-east-1a"), subnet("b", "us-east-1b")),
            case("zones by tags", pool(G5, SPOT), node_class({"tags": {"tier": "*"}}), subnet("a", "us-east-1a", tags={"tier": "x"}), subnet("b", "us-east-1b", tags={"tier": "y"})),
            case("a reservation behind it", pool(G5, needs(CAPACITY, "reserved", "on-demand"), ONE_ZONE), node_class(capacityReservationSelectorTerms=[{"id": "cr-1"}])),
        ),
        fails=(
            one("one of each", G5, SPOT, ONE_ZONE),
            one("former version", G5, ON_DEMAND, ONE_ZONE, kind=BETA),
            one("all but one capacity type excluded", G5, needs(CAPACITY, "spot", "reserved", operator="NotIn"), ONE_ZONE),
            one("spot excluded, and no reservation known", G5, needs(CAPACITY, "spot", operator="NotIn"), ONE_ZONE),
            one("family and size", needs(FAMILY, "g5"), needs(SIZE, "xlarge"), SPOT, ONE_ZONE),
            one("Auto Mode's labels", needs("eks.amazonaws.com/instance-family", "g5"), needs("eks.amazonaws.com/instance-size", "xlarge"), SPOT, ONE_ZONE),
            one("a family of one size", needs(FAMILY, "p4d"), SPOT, ONE_ZONE),
            one("two types, one excluded", needs(TYPE, "g5.xlarge", "g5.2xlarge"), needs(TYPE, "g5.2xlarge", operator="NotIn"), SPOT, ONE_ZONE),
            one("two types, one too large", needs(TYPE, "g5.xlarge", "g5.2xlarge"), needs("karpenter.k8s.aws/instance-cpu", "8", operator="Lt"), SPOT, ONE_ZONE),
            one("two types, one with enough GPUs", needs(TYPE, "g5.xlarge", "g5.12xlarge"), needs(GPU_COUNT, "1", operator="Gt"), SPOT, ONE_ZONE),
            one("by labels of the template", SPOT, ONE_ZONE, labels={TYPE: "g5.xlarge"}),
            one("by a former label", needs("beta.kubernetes.io/instance-type", "g5.xlarge"), SPOT, needs("failure-domain.beta.kubernetes.io/zone", "us-east-1a")),
            one("zone by its id", G5, SPOT, needs("topology.k8s.aws/zone-id", "use1-az1")),
            case("zone of the class's subnets", pool(G5, SPOT), node_class({"id": "subnet-a"}), subnet("a", "us-east-1a"), subnet("b", "us-east-1b")),
            case("zone of a subnet by its id", pool(G5, SPOT), node_class({"id": "subnet-a"}), subnet("a", None, availabilityZoneId="use1-az1")),
            case("zones, one excluded", pool(G5, SPOT, needs(ZONE, "us-east-1b", operator="NotIn")), node_class({"id": "subnet-a"}, {"id": "subnet-b"}), subnet("a", "us-east-1a"), subnet("b", "us-east-1b")),
            case("no reservation behind it", pool(G5, needs(CAPACITY, "reserved", "on-demand"), ONE_ZONE), node_class()),
        ),
        unknown=(
            one("type", needs(TYPE, U), SPOT, ONE_ZONE),
            one("capacity type", G5, needs(CAPACITY, U), ONE_ZONE),
            one("zone", G5, SPOT, needs(ZONE, U)),
            one("a class of elsewhere", G5, SPOT),
            one("a requirement", G5, SPOT, ONE_ZONE, U),
            case("a subnet's zone", pool(G5, SPOT), node_class({"id": "subnet-a"}), subnet("a", U)),
            case("a list", Given(f"{POOL}List", {"items": [U]})),
        ),
        other=OTHER,
    ),
    "nodepool-gpu-taint": Examples(
        passes=(
            one("tainted", G5, taints=[TAINT]),
            one("with a value", G5, taints=[{**TAINT, "value": "true"}]),
            one("another key", G5, taints=[{"key": "team", "value": "a", "effect": "NoExecute"}]),
            one("no GPUs", needs(CATEGORY, "c", "m", "r")),
            one("anything", needs(CAPACITY, "spot")),
            one("no GPUs by label", needs(GPU_COUNT, operator="DoesNotExist")),
            one("CPU types", needs(TYPE, "m5.xlarge", "zz9.large")),
            one("GPUs excluded", needs(CATEGORY, "g", "p", operator="NotIn")),
        ),
        fails=(
            one("none", G5),
            one("none, former version", G5, kind=BETA),
            one("only at the start", G5, startupTaints=[TAINT]),
            one("only preferred", G5, taints=[{**TAINT, "effect": "PreferNoSchedule"}]),
            one("category", needs(CATEGORY, "g", "p")),
            one("family", needs(FAMILY, "g5", "g6")),
            one("a family that no table has", needs(FAMILY, "g9")),
            one("GPU count exists", needs(GPU_COUNT, operator="Exists")),
            one("GPU count above none", needs(GPU_COUNT, "0", operator="Gt")),
            one("GPU maker of Auto Mode", needs("eks.amazonaws.com/instance-gpu-manufacturer", "nvidia")),
            one("GPU name", needs("karpenter.k8s.aws/instance-gpu-name", "a10g", "l4")),
        ),
        unknown=(one("taints", G5, taints=U), one("a taint", G5, taints=[U]), one("effect", G5, taints=[{"key": "x", "effect": U}]), one("types", needs(TYPE, U))),
        both=(),
        other=OTHER,
    ),
    "gpu-budget": Examples(
        passes=(
            one("GPUs", G5, limits=GPU_LIMIT, config={"gpus": 4.0}),
            one("no part of a GPU", G5, limits={"nvidia.com/gpu": "4.5"}, config={"gpus": 4.0}),
            one("no GPUs", needs(CATEGORY, "c"), limits={"cpu": 64}, config={"gpus": 0.0}),
            one("GPUs by vCPUs", G5, limits={"cpu": "16"}, config={"gpus": 4.0}),
            one("GPUs by nodes", needs(TYPE, "g5.12xlarge"), limits={"nodes": "1"}, config={"gpus": 4.0}),
            one("of the list", G5, limits=GPU_LIMIT, config={"instance_types": ["g5.xlarge"]}),
        ),
        fails=(
            one("GPUs", G5, limits={"nvidia.com/gpu": "5"}, config={"gpus": 4.0}),
            one("GPUs by vCPUs", G5, limits={"cpu": "20"}, config={"gpus": 4.0}),
            one("GPUs by memory", G5, limits={"memory": "160Gi"}, config={"gpus": 4.0}),
            one("no GPU limit, types that no table has", needs(CATEGORY, "g"), limits={"cpu": 8}),
            one("a thousand", G5, limits={"nvidia.com/gpu": "1k"}),
            one("former version", G5, kind=BETA, limits={"nvidia.com/gpu": 17}),
            one("a type that is not listed", needs(TYPE, "g5.xlarge", "g6.xlarge"), limits=GPU_LIMIT, config={"instance_types": ["g5.xlarge"]}),
            one("a family that is not listed", needs(FAMILY, "g5"), limits=GPU_LIMIT, config={"instance_types": ["g5.xlarge"]}),
        ),
        unknown=(one("limit of a NodePool", G5, limits={"nvidia.com/gpu": U}), one("types of a NodePool", needs(TYPE, U), limits=GPU_LIMIT)),
    ),
    "cost-budget": Examples(
        passes=(
            one("4 x 1.006 and one more", G5, limits=GPU_LIMIT, config={"usd_per_month": 3672.0}),
            one("nothing may start", G5, limits={"nvidia.com/gpu": "0"}, config={"usd_per_month": 1.0}),
            one("too small for a node", G5, limits={"cpu": "2"}, config={"usd_per_month": 1.0}),
            case("static: no node more", Given(POOL, {"spec": {**spec(G5), "replicas": 1}}), usd_per_month=735.0),
        ),
        fails=(
            one("4 x 1.006 and one more", G5, limits=GPU_LIMIT, config={"usd_per_month": 3671.0}),
            one("the most expensive way to the limit", needs(TYPE, "g5.xlarge", "g5.8xlarge"), limits=GPU_LIMIT, config={"usd_per_month": 8000.0}),
            one("vCPUs of a family", needs(FAMILY, "m5"), limits={"cpu": 32}, config={"usd_per_month": 1000.0}),
        ),
        unknown=(
            one("types of a NodePool", needs(CATEGORY, "g"), limits=GPU_LIMIT, config={"usd_per_month": 1.0}),
            one("no limit of a NodePool", G5, config={"usd_per_month": 1.0}),
            one("limit of a NodePool", G5, limits=U, config={"usd_per_month": 1.0}),
        ),
    ),
}  # fmt: skip
