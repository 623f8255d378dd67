"""Keys of volumes that a stack finds in its account."""

import pytest

from rehearsal.sandbox import ACCOUNT
from rehearsal.stacks import account
from tests.rehearsal.aws.conftest import Moto, make_sandbox
from tests.rehearsal.stacks.test_account import client, settings

OWN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
FORMER = OWN.replace("11111111", "99999999")
ELSEWHERE = OWN.replace("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    sandbox = make_sandbox(tmp_path_factory.mktemp("sandbox"))
    moto = Moto(sandbox)
    moto.start()
    yield sandbox
    moto.kill()


def test_keys_are_made_once_under_their_ids(sandbox, tmp_path):
    path = settings(
        tmp_path, region="us-east-1", cluster={"volume_key": OWN, "former_volume_keys": [FORMER, ELSEWHERE]}
    )
    account.prepare(sandbox, path)
    account.prepare(sandbox, path)
    kms = client(sandbox, "kms")
    assert sorted(key["KeyArn"] for key in kms.list_keys()["Keys"]) == [OWN, FORMER]
    found = kms.describe_key(KeyId=OWN)["KeyMetadata"]
    assert (found["Arn"], found["KeyState"], found["Description"]) == (OWN, "Enabled", "")
    assert (found["KeySpec"], found["KeyUsage"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), "as EBS takes it"


@pytest.mark.parametrize("cluster", [{"volume_key": 1}, {"volume_key": "alias/mine"}, {"former_volume_keys": "all"}])
def test_settings_with_mistakes_are_left_to_the_program(sandbox, tmp_path, cluster):
    account.prepare(sandbox, settings(tmp_path, cluster=cluster))
