from residue.finders.identity import find
from tests.residue.account import OTHER, OWN, context


def test_roles_by_tag_and_none_of_aws() -> None:
    roles = [
        {"RoleName": "llm-nodes-1", "Path": "/"},
        {"RoleName": "of-another", "Path": "/"},
        {"RoleName": "AWSServiceRoleForEC2Spot", "Path": "/aws-service-role/spot.amazonaws.com/"},
    ]

    def tags(RoleName: str) -> dict[str, object]:  # noqa: N803  AWS's spelling
        assert not RoleName.startswith("AWSServiceRole")
        return {"Tags": OWN if RoleName == "llm-nodes-1" else OTHER}

    (found,) = find(context(list_roles={"Roles": roles}, list_role_tags=tags))
    assert found.command == "aws iam delete-role --role-name llm-nodes-1"


def test_a_role_that_goes_while_it_is_looked_at_is_not_left() -> None:
    assert list(find(context(list_roles={"Roles": [{"RoleName": "gone", "Path": "/"}]}))) == []


def test_an_instance_profile_of_karpenter_lets_go_of_its_role_first() -> None:
    tags = [{"Key": "kubernetes.io/cluster/llm-dev", "Value": "owned"}]
    profile = {"InstanceProfileName": "llm-dev_1", "Roles": [{"RoleName": "node"}], "Tags": tags}
    listed = {"InstanceProfiles": [{"InstanceProfileName": "llm-dev_1"}]}
    (found,) = find(context(list_instance_profiles=listed, get_instance_profile={"InstanceProfile": profile}))
    assert found.kind == "IAM instance profile"
    assert found.command == (
        "aws iam remove-role-from-instance-profile --instance-profile-name llm-dev_1 --role-name node && "
        "aws iam delete-instance-profile --instance-profile-name llm-dev_1"
    )
    other = {"InstanceProfile": {**profile, "Tags": OTHER}}
    assert list(find(context(list_instance_profiles=listed, get_instance_profile=other))) == []
    assert list(find(context(list_instance_profiles=listed))) == []
