"""Account, administrators, boundary."""

from dataclasses import replace

import pytest

from preflight.checks.account import check
from preflight.cloud import GoneError
from preflight.finding import Finding
from settings.models.account import EXAMPLE_ACCOUNT
from tests.preflight.fakes import ACCOUNT, ADMIN, FakeCloud, subject

RUNS = {"describe_cluster": {"cluster": {"name": "llm-dev"}}}


def found(*admins: str, cloud: FakeCloud | None = None, **changes) -> list[Finding]:
    plan = subject(**changes)
    assert plan.cluster
    return list(check(replace(plan, cluster=replace(plan.cluster, admins=admins or (ADMIN,))), cloud or FakeCloud()))


def test_the_right_account_with_roles_that_exist_is_good() -> None:
    assert found(account=ACCOUNT, boundary=f"arn:aws:iam::{ACCOUNT}:policy/boundary") == []


def test_another_account_is_refused_and_nothing_else_is_said() -> None:
    (one,) = found(account="999999999999", boundary="arn:aws:iam::1:policy/x")
    assert one.refuses
    assert one.where == "account"
    assert f"the credentials are of account {ACCOUNT}" in one.message


@pytest.mark.parametrize(("answers", "refuses"), [({}, True), (RUNS, False)])
def test_an_administrator_who_does_not_exist(answers, *, refuses: bool) -> None:
    (one,) = found(cloud=FakeCloud(get_role=GoneError("no"), **answers))
    assert (one.level, one.refuses, one.where) == ("error", refuses, "cluster.admins[0]")
    assert "does not exist" in one.message


def test_the_example_account_is_refused_and_any_other_is_warned_of() -> None:
    example, foreign = found(f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/a", "arn:aws:iam::444455556666:role/b")
    assert example.refuses
    assert "an example of AWS's documentation" in example.message
    assert not foreign.refuses
    assert "whether it exists was not checked" in foreign.message


def test_an_auditor_who_does_not_exist_is_refused_for_a_new_stack_and_one_of_another_account_is_not_looked_up() -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/ops/auditor"
    assert found(auditors=(own,)) == []
    (one,) = check(replace(subject(auditors=(own,)), cluster=None), FakeCloud(get_role=GoneError("no")))
    assert (one.refuses, one.where) == (True, "gateway.response_logs.auditors[0]")
    assert "does not exist" in one.message
    one, _ = found(auditors=(own,), cloud=FakeCloud(get_role=GoneError("no"), **RUNS))
    assert (one.level, one.refuses) == ("error", False), "IAM keeps the policy that it took before the role was deleted"
    foreign, example = found(
        auditors=("arn:aws:iam::444455556666:role/b", f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/llm-auditors")
    )
    assert not foreign.refuses
    assert "was not checked" in foreign.message
    assert example.refuses


def test_the_role_that_previews_a_new_cluster_is_an_error_of_the_command_and_a_warning_of_the_preview() -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/path/deployer"
    (one,) = found(own)
    assert (one.level, one.refuses, one.where) == ("error", False, "cluster.admins[0]")
    assert "if this role runs the up" in one.message
    assert found(own, cloud=FakeCloud(**RUNS)) == []
    assert found(f"arn:aws:iam::{ACCOUNT}:role/deploye") == []


@pytest.mark.parametrize(
    ("boundary", "cloud", "words"),
    [
        ("arn:aws:iam::444455556666:policy/b", FakeCloud(), "is a policy of account 444455556666"),
        (f"arn:aws:iam::{ACCOUNT}:policy/b", FakeCloud(get_policy=GoneError("no")), "does not exist: make it first"),
    ],
)
def test_a_boundary_that_cannot_be_taken_is_refused(boundary: str, cloud: FakeCloud, words: str) -> None:
    (one,) = found(boundary=boundary, cloud=cloud)
    assert (one.refuses, one.where) == (True, "permissions_boundary")
    assert words in one.message


def test_a_policy_of_aws_is_a_boundary_too() -> None:
    assert found(boundary="arn:aws:iam::aws:policy/PowerUserAccess") == []
