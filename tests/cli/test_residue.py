"""``llm-platform residue``."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from cli import residue
from cli.main import main
from tests.residue.account import OWN, OWNER, Account, DeniedError

VPC = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}]}
DENIED = DeniedError("iam:ListRoles")


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        ({}, 0, "stack dev: nothing is left in us-east-1"),
        ({"list_roles": DENIED}, 1, "stack dev: nothing was found, and not all could be looked at, in us-east-1"),
        ({"describe_vpcs": VPC}, 1, "aws ec2 delete-vpc --region us-east-1 --vpc-id vpc-1"),
    ],
)
def test_nothing_is_left_only_where_all_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answers: dict[str, Any], code: int, says: str
) -> None:
    found = SimpleNamespace(owner=OWNER, cloud=Account(**answers))
    monkeypatch.setattr(residue, "open_cloud", lambda *_, **__: found)
    monkeypatch.setattr(sys, "argv", ["llm-platform", "residue", "--stack", "dev"])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert int(ended.value.code or 0) == code
    assert says in shown.out
    assert ("nothing is left" in shown.out) is (code == 0)
    assert ("not checked: IAM" in shown.err) is ("list_roles" in answers)
