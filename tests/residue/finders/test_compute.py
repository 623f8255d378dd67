import pytest

from residue.finders.compute import find
from tests.residue.account import OTHER, OWN, context


def instance(state: str, tags: list[dict[str, str]] = OWN, kind: str = "g5.2xlarge") -> dict[str, object]:
    return {"InstanceId": f"i-{state}", "InstanceType": kind, "State": {"Name": state}, "Tags": tags}


def test_an_instance_costs_its_list_price_and_a_stopped_one_nothing() -> None:
    groups = [{"Instances": [instance("running"), instance("stopped"), instance("terminated")]}]
    groups.append({"Instances": [instance("running", OTHER)]})
    running, stopped = find(context(describe_instances={"Reservations": groups}))
    assert running.usd_per_month == pytest.approx(1.212 * 730)
    assert running.command == "aws ec2 terminate-instances --region us-east-1 --instance-ids i-running"
    assert stopped.usd_per_month == 0


def test_an_instance_of_an_unknown_type_has_no_price() -> None:
    groups = [{"Instances": [instance("running", kind="zz9.large")]}]
    (found,) = find(context(describe_instances={"Reservations": groups}))
    assert found.usd_per_month is None


def test_a_volume_of_the_ebs_driver_is_found_by_its_cluster() -> None:
    volume = {
        "VolumeId": "vol-1",
        "Size": 100,
        "VolumeType": "gp3",
        "State": "available",
        "Tags": [{"Key": "KubernetesCluster", "Value": "llm-dev"}],
    }
    root = {**volume, "VolumeId": "vol-2", "Attachments": [{"DeleteOnTermination": True}]}
    (found,) = find(context(describe_volumes={"Volumes": [volume, root]}))
    assert (found.id, found.found_by) == ("vol-1", "tag KubernetesCluster=llm-dev")
    assert found.usd_per_month == pytest.approx(8.0)


KARPENTERS = [{"Key": "eks:eks-cluster-name", "Value": "llm-dev"}, {"Key": "karpenter.sh/nodepool", "Value": "g5-gpu"}]


def test_a_spot_instance_of_karpenter_is_at_the_assumed_price_and_names_its_pool() -> None:
    spot = {**instance("running", KARPENTERS), "InstanceLifecycle": "spot"}
    given = context(describe_instances={"Reservations": [{"Instances": [spot]}]})
    (found,) = find(given)
    assert found.usd_per_month == pytest.approx(1.212 * 730 * (1 - given.prices.spot_discount))
    assert found.detail.startswith("g5.2xlarge, running, spot, taken for ")
    assert found.detail.endswith("NodePool g5-gpu")
    assert found.found_by == "tag eks:eks-cluster-name=llm-dev"


def test_a_spot_request_counts_while_it_may_have_an_instance() -> None:
    requests = [
        {"SpotInstanceRequestId": f"sir-{state}", "State": state, "Type": "one-time", "Tags": KARPENTERS}
        for state in ("open", "active", "closed", "cancelled")
    ]
    found = list(find(context(describe_spot_instance_requests={"SpotInstanceRequests": requests})))
    assert [one.id for one in found] == ["sir-open", "sir-active"]
    assert found[0].command.endswith(
        "cancel-spot-instance-requests --region us-east-1 --spot-instance-request-ids sir-open"
    )


def test_a_launch_template_of_karpenter_is_found_by_its_cluster() -> None:
    template = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "karpenter.k8s.aws/123", "Tags": KARPENTERS}
    (found,) = find(context(describe_launch_templates={"LaunchTemplates": [template]}))
    assert (found.id, found.usd_per_month) == ("lt-1", 0)
