import threading

import pytest

from rehearsal.aws.client import AwsClient
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.records import Records
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Resource
from tests.rehearsal.aws.conftest import make_sandbox


@pytest.fixture
def context(tmp_path):
    sandbox = make_sandbox(tmp_path)
    return ResourceContext(
        sandbox=sandbox,
        aws=AwsClient(sandbox),
        records=Records(sandbox.aws / "recorded.sqlite"),
        resource=Resource(urn="", type="aws:sns/topic:Topic", name="t"),
        region="cn-north-1",
        cancelled=threading.Event(),
    )


def test_a_template_alone_keeps_the_type_of_its_value(context):
    assert context.fill({"force": "{force}", "ids": ["{id}"]}, {"force": True, "id": "i"}) == {
        "force": True,
        "ids": ["i"],
    }


def test_a_template_has_account_region_and_partition(context):
    arn = context.fill("arn:{partition}:sns:{region}:{account}:{id}", {"id": "i"})
    assert arn == "arn:aws-cn:sns:cn-north-1:123456789012:i"


def test_a_template_of_a_property_that_is_missing_is_one_clear_error(context):
    with pytest.raises(ProviderError, match=r"aws:sns/topic:Topic: the template '\{arn\}' names 'arn'"):
        context.fill("{arn}", {"id": "i"})
