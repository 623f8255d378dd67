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
