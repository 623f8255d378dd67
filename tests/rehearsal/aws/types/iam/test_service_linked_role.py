"""Service-linked roles: one a service, found by their path."""

import pytest

from rehearsal.plugins.errors import ProviderError

KIND = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
PATH = {"pathPrefix": "/aws-service-role/spot.amazonaws.com/"}


def test_the_role_of_spot_is_found_by_its_path(stack):
    assert stack.provider.invoke("aws:iam/getRoles:getRoles", PATH)["names"] == []
    made = stack.create(KIND, "spot", awsServiceName="spot.amazonaws.com")
    assert made["name"] == "AWSServiceRoleForEC2Spot"
    found = stack.provider.invoke("aws:iam/getRoles:getRoles", PATH)
    assert (found["names"], found["arns"]) == (["AWSServiceRoleForEC2Spot"], [made.id])
    assert stack.provider.invoke("aws:iam/getRoles:getRoles", PATH | {"nameRegex": "Batch"})["names"] == []


def test_the_tags_of_a_role_say_whose_it_is(stack):
    stack.create(KIND, "spot", awsServiceName="spot.amazonaws.com", tags={"stack": "dev"})
    assert (
        stack.provider.invoke("aws:iam/getRole:getRole", {"name": "AWSServiceRoleForEC2Spot"})["tags"]["stack"] == "dev"
    )


def test_a_second_one_of_a_service_is_rejected(stack):
    stack.create(KIND, "spot", awsServiceName="spot.amazonaws.com")
    with pytest.raises(ProviderError, match=r"InvalidInput: .* has been taken in this account"):
        stack.create(KIND, "again", awsServiceName="spot.amazonaws.com")
