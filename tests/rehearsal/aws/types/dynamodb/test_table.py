"""Tables of DynamoDB: protection, recovery and expiry as DynamoDB has them."""

import pytest

from rehearsal.plugins.errors import ProviderError
from tests.rehearsal.aws.cases import CASES
from tests.rehearsal.aws.scene import Scene

KIND = "aws:dynamodb/table:Table"


def test_a_protected_table_is_not_deleted_until_its_protection_is_removed(stack):
    inputs = CASES[KIND](Scene(stack))[0] | {"name": "protected", "deletionProtectionEnabled": True}
    table = stack.create(KIND, "protected", **inputs)
    with pytest.raises(ProviderError, match="protected has deletion protection"):
        table.delete()
    table.update(**inputs | {"deletionProtectionEnabled": False})
    table.delete()
    assert table.read() is None


def test_recovery_expiry_and_key_are_those_of_the_table(stack):
    scene = Scene(stack)
    inputs = CASES[KIND](scene)[0] | {"name": "as-wanted"}
    stack.create(KIND, "as-wanted", **inputs)
    dynamodb = scene.aws("dynamodb")
    backups = dynamodb.describe_continuous_backups(TableName="as-wanted")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    expiry = dynamodb.describe_time_to_live(TableName="as-wanted")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    encryption = dynamodb.describe_table(TableName="as-wanted")["Table"]["SSEDescription"]
    assert encryption["KMSMasterKeyArn"] == scene.key()["arn"]
