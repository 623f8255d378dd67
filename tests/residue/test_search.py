from preflight.cloud import DeniedError
from residue.search import search
from tests.residue.account import OWN, context


def test_an_empty_account_leaves_nothing() -> None:
    found = search(context())
    assert (found.resources, found.unchecked, found.deployed) == ((), (), False)


def test_what_aws_refuses_is_named_and_the_rest_is_still_found() -> None:
    vpc = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}]}
    found = search(context(describe_vpcs=vpc, list_roles=DeniedError("iam:ListRoles")))
    assert [one.id for one in found.resources] == ["vpc-1"]
    assert found.unchecked == ("IAM: the caller may not iam:ListRoles",)


def test_what_is_kept_on_purpose_comes_last_and_is_not_unwanted() -> None:
    listed = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::models-1"}]}
    vpc = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}]}
    found = search(context(keeps_bucket=True, get_resources=listed, head_bucket={}, describe_vpcs=vpc))
    assert [one.id for one in found.resources] == ["vpc-1", "models-1"]
    assert [one.id for one in found.unwanted] == ["vpc-1"]


def test_an_active_cluster_means_a_deployed_stack() -> None:
    cluster = {"cluster": {"version": "1.35", "status": "ACTIVE"}}
    assert search(context(describe_cluster=cluster)).deployed
    cluster = {"cluster": {"version": "1.35", "status": "DELETING"}}
    assert not search(context(describe_cluster=cluster)).deployed
