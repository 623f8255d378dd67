"""What Karpenter may do to a service while it is used."""

from typing import Any

from settings.loading.parse import parse
from tests.settings.bad_settings import ADMIN, PLATFORM, SECRET
from tests.settings.models.pools.karpenter_pools import GPU

SMALL = {**PLATFORM["services"]["small"], "pool": "k"}


def warnings_of(service: dict[str, Any] | None = None, *, protect: bool = False, **pool: Any) -> list[str]:
    """Warnings of a stack with one service on a Karpenter pool."""
    raw = {
        **PLATFORM,
        "protect": protect,
        "pools": {"system": PLATFORM["pools"]["system"], "k": {**GPU, **pool}},
        "services": {"small": {**SMALL, **(service or {})}},
    }
    return [str(issue).removeprefix("llm-platform:") for issue in parse(raw, stack="dev").warnings]


def test_spot_alone_is_a_gap_for_one_replica() -> None:
    found = [line for line in warnings_of(capacity_types=["spot"]) if "has spot alone" in line]
    assert len(found) == 1
    assert found[0].startswith("services.small.replicas: is 1, and pool k has spot alone")
    assert not [line for line in warnings_of(capacity_types=["spot", "on_demand"]) if "has spot alone" in line]
    assert not [line for line in warnings_of({"replicas": 2}, capacity_types=["spot"]) if "has spot alone" in line]


def test_karpenters_own_nodes_are_better_on_demand() -> None:
    def of(capacity: str, **others: Any) -> list[str]:
        pools = {"system": {**PLATFORM["pools"]["system"], "capacity": capacity}, **others}
        raw = {**PLATFORM, "pools": {**PLATFORM["pools"], **pools}}
        return [str(one) for one in parse(raw, stack="dev").warnings if "Karpenter's controller runs there" in str(one)]

    (line,) = of("spot", k=GPU)
    assert line.startswith("llm-platform:pools.system.capacity: is spot")
    assert not of("on_demand", k=GPU)
    assert not of("spot"), "without Karpenter no drain stops"


def test_the_only_replica_of_an_autoscaled_service_is_that_of_its_maximum() -> None:
    service = {key: value for key, value in SMALL.items() if key != "replicas"}
    raw = {
        **PLATFORM,
        "gateway": {},
        "protect": False,
        "pools": {"system": PLATFORM["pools"]["system"], "k": {**GPU, "capacity_types": ["spot"]}},
        "services": {"small": {**service, "autoscale": {"min": 0, "max": 1}}},
    }
    found = [str(issue) for issue in parse(raw, stack="dev").warnings]
    assert not [line for line in found if "small.replicas" in line]
    assert [line for line in found if "services.small.autoscale.max: is 1, and pool k has spot alone" in line]


def test_consolidation_moves_a_single_replica_while_it_is_used() -> None:
    moves = "consolidation of pool k moves it"
    assert len([line for line in warnings_of() if moves in line]) == 1
    assert not [line for line in warnings_of(protect=True) if moves in line]
    assert not [line for line in warnings_of({"replicas": 2}) if moves in line]
    assert not [line for line in warnings_of(consolidation={"policy": "WhenEmpty"}) if moves in line]
    stated = {"policy": "WhenEmptyOrUnderutilized"}
    assert [line for line in warnings_of(protect=True, consolidation=stated) if moves in line]


def test_a_drain_leaves_replicas_the_time_to_come_back() -> None:
    (line,) = [one for one in warnings_of({"replicas": 2}, termination_grace_seconds=300) if "termination_grace" in one]
    assert line.startswith("pools.k.termination_grace_seconds: is 300, after which a drain ends pods")
    least = int(line.rsplit("set ", 1)[1].split()[0])
    assert not [
        one for one in warnings_of({"replicas": 2}, termination_grace_seconds=least) if "termination_grace" in one
    ]
    assert not [one for one in warnings_of(termination_grace_seconds=300) if "termination_grace" in one]


def test_a_rollout_of_one_replica_needs_room_in_the_limits() -> None:
    assert not [line for line in warnings_of() if "one replica and no" in line]
    (line,) = [
        one for one in warnings_of(limits={"gpus": 1}, instance_types=["g5.xlarge"]) if "one replica and no" in one
    ]
    assert "no room that is sure to be left in the limits of pool k" in line
    assert line.endswith("two replicas or room in the limits close it")


def test_what_holds_for_node_groups_only_is_not_said() -> None:
    both = "\n".join(warnings_of({"replicas": 2}) + warnings_of(capacity_types=["spot"], instance_types=["g5.xlarge"]))
    for words in ("update_strategy", "may find no node", "EKS waits", "is one type of spot"):
        assert words not in both


def test_a_scarce_type_is_reserved_by_its_id() -> None:
    scarce = {"instance_types": ["p5.48xlarge"], "limits": {"gpus": 8}}
    (line,) = [one for one in warnings_of(**scarce) if "seldom free" in one]
    assert "name it in capacity_reservations, with reserved in capacity_types" in line
    reserved = {"capacity_types": ["reserved"], "capacity_reservations": ["cr-0123456789abcdef0"]}
    assert not [one for one in warnings_of(**scarce, **reserved) if "seldom free" in one]


def test_a_type_above_the_limits_is_never_launched() -> None:
    (line,) = [
        one
        for one in warnings_of(instance_types=["g5.xlarge", "g5.12xlarge", "g5.48xlarge"])
        if "never launches" in one
    ]
    assert line.startswith("pools.k.instance_types: g5.48xlarge has more than limits allow")
    assert not [one for one in warnings_of() if "never launches" in one]


def test_a_family_without_a_driver_in_the_ami_is_named() -> None:
    (line,) = [one for one in warnings_of(instance_types=["g7.2xlarge"]) if "NVIDIA's driver" in one]
    assert line.startswith("pools.k.instance_types: g7.2xlarge is not among the types")
    for family in ("g6e", "g7e", "g4dn"):
        assert not [one for one in warnings_of(instance_types=[f"{family}.2xlarge"]) if "NVIDIA's driver" in one]


def test_settings_of_a_controller_that_is_not_there_change_nothing() -> None:
    def lines(**pools: Any) -> list[str]:
        cluster = {**PLATFORM["cluster"], "karpenter": {"node_repair": True}}
        raw = {**PLATFORM, "cluster": cluster, "pools": {**PLATFORM["pools"], **pools}}
        return [str(one) for one in parse(raw, stack="dev").warnings if "cluster.karpenter" in str(one)]

    assert lines() == ["llm-platform:cluster.karpenter: changes nothing: no pool has provisioner karpenter; omit it"]
    assert lines(k=GPU) == []


def test_nodes_that_reach_aws_by_endpoints_alone_have_those_that_the_stack_needs() -> None:
    def missing(endpoints: list[str], **changes: Any) -> str:
        cluster = {**PLATFORM["cluster"], "karpenter": {"isolated_vpc": True}}
        raw = {
            **PLATFORM,
            "cluster": cluster,
            "network": {"zones": ["a", "b"], "interface_endpoints": endpoints},
            "monitoring": {"size": "none"},
            "pools": {"system": {**PLATFORM["pools"]["system"], "max": 6}, "k": GPU},
            "services": {"small": SMALL},
            **changes,
        }
        found = [str(one) for one in parse(raw, stack="dev").warnings if "network.interface_endpoints" in str(one)]
        assert len(found) < 2
        return found[0].partition("has no ")[2].partition(", and")[0] if found else ""

    always = ["ecr.api", "ecr.dkr", "ec2", "eks", "sts", "elasticloadbalancing", "sqs", "ssm"]
    assert missing(["ecr.api", "ecr.dkr", "sts"]) == "ec2, eks, elasticloadbalancing, sqs, ssm"
    assert missing(always) == ""
    assert missing([], cluster=PLATFORM["cluster"]) == ""
    assert missing([], pools=PLATFORM["pools"], services={}) == "", "without Karpenter the setting changes nothing"
    assert missing(always, monitoring={}) == "logs, monitoring, sns"
    grafana = {"issuer": "https://id.example.com", "client_id": "grafana", "client_secret_arn": SECRET}
    monitoring = {
        "cloudwatch": {"container_insights": False},
        "remote_write": {"create": True},
        "grafana": {"oidc": grafana},
    }
    assert missing([*always, "sns"], monitoring=monitoring) == "aps-workspaces, secretsmanager"
    gateway = {"response_logs": {"consent": "DPO DP-12", "auditors": [ADMIN]}}
    assert missing(always, gateway=gateway) == "kinesis-firehose"
