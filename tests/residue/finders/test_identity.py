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
