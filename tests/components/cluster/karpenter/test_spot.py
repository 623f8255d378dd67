from typing import Any

from tests.components.builders import KARPENTER_POOLS, cluster, karpenter
from tests.deployment import Deployment

NAME = "AWSServiceRoleForEC2Spot"
CREATE = {"create_spot_service_linked_role": True}
TOKEN = "aws:iam/serviceLinkedRole:ServiceLinkedRole"


def with_roles(*names: str, tags: dict[str, str] | None = None) -> Deployment:
    answers: dict[str, Any] = {"getRoles": {"names": list(names), "arns": []}, "getRole": {"tags": tags or {}}}
    made = cluster(pools=KARPENTER_POOLS, karpenter=CREATE, answers=answers)
    assert made.error is None
    return made


def test_it_is_made_where_the_account_lacks_it_and_stays_when_the_stack_goes() -> None:
    role = with_roles().one(TOKEN)
    assert role.inputs["awsServiceName"] == "spot.amazonaws.com"
    assert role.retain_on_delete
    assert role.urn in with_roles().one("EC2NodeClass", "llm-karpenter-g5-burst").depends_on


def test_one_that_others_made_is_left_alone() -> None:
    assert not with_roles(NAME).of_type(TOKEN)
    assert not with_roles(NAME, tags={"project": "llm-platform", "stack": "prod"}).of_type(TOKEN)


def test_its_own_stays_in_the_program() -> None:
    assert with_roles(NAME, tags={"project": "llm-platform", "stack": "dev"}).of_type(TOKEN)


def test_without_the_setting_nothing_is_made_or_looked_up() -> None:
    assert not karpenter().of_type(TOKEN)
    assert not [token for token, _ in karpenter().calls if "getRole" in token]
