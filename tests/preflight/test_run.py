"""All checks together: without credentials, with fewer rights, and when AWS is slow."""

import threading
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait

import pytest

from preflight import run as running
from preflight.cloud import BadCredentialsError, CloudError, DeniedError, NoCredentialsError
from preflight.finding import refusal, warning
from preflight.run import CHECKS, OFFLINE, run
from settings.issues import Issue
from tests.preflight.fakes import SYSTEM, FakeCloud, pool, subject

RUNS = {"describe_cluster": {"cluster": {"name": "llm-dev", "version": "1.35"}}, "list_nodegroups": {"nodegroups": []}}


@pytest.fixture(autouse=True)
def _cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.cli, "check", lambda **_: iter(()))


def test_a_stack_with_which_all_is_well_has_no_finding() -> None:
    report = run(subject(), FakeCloud())
    assert report.findings == ()
    assert report.note == ""


def test_without_credentials_it_says_so_once_and_guesses_zones() -> None:
    report = run(subject(zones=("a", "e")), FakeCloud(get_caller_identity=NoCredentialsError("none")))
    assert report.note == OFFLINE
    assert [one.where for one in report.findings] == ["network.zones[1]"]
    assert report.refusals == ()


def test_credentials_that_are_no_good_are_one_line() -> None:
    report = run(subject(), FakeCloud(get_caller_identity=BadCredentialsError("ExpiredToken: it expired")))
    (one,) = report.findings
    assert (one.level, one.refuses) == ("error", False)
    assert "aws sso login" in one.message


def test_an_aws_that_does_not_answer_is_a_warning() -> None:
    (one,) = run(subject(), FakeCloud(get_caller_identity=CloudError("sts: could not connect"))).findings
    assert (one.level, one.where) == ("warning", "AWS")


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("describe_availability_zones", "ec2:DescribeAvailabilityZones"),
        ("describe_instance_type_offerings", "ec2:DescribeInstanceTypeOfferings"),
        ("get_service_quota", "servicequotas:GetServiceQuota"),
        ("describe_cluster", "eks:DescribeCluster"),
        ("list_nodegroups", "eks:ListNodegroups"),
        ("get_role", "iam:GetRole"),
    ],
)
def test_a_call_that_is_denied_is_one_line_with_the_permission(operation: str, permission: str) -> None:
    runs = {} if operation == "describe_cluster" else RUNS
    report = run(subject(SYSTEM, pool(spot=True)), FakeCloud(**{**runs, operation: DeniedError(permission)}))
    (one,) = report.findings
    assert (one.level, one.where) == ("warning", "permissions")
    assert f"may not {permission}" in one.message


def test_an_answer_nobody_foresaw_ends_no_preview() -> None:
    (one,) = run(subject(), FakeCloud(describe_availability_zones={"Surprise": 1})).findings
    assert (one.level, one.where) == ("warning", "preflight")
    assert "KeyError" in one.message


def test_what_takes_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def slow(*_: object):
        release.wait(60)
        yield refusal("late", "never told")

    def first(asked: Collection[Future[object]], timeout: float) -> object:
        # A busy machine may not have begun the quick one when the time is over.
        assert timeout <= 1.0
        return wait(asked, timeout=60, return_when=FIRST_COMPLETED)

    monkeypatch.setattr(running, "SECONDS", 0.3)
    monkeypatch.setattr(running, "wait", first)
    began = time.monotonic()
    report = run(subject(), FakeCloud(), [("quotas", slow), ("zones", lambda *_: [warning("zone", "quick")])])
    assert time.monotonic() - began < 30
    release.set()
    assert [str(one) for one in report.findings] == [
        "AWS: quotas: no answer within 0.3 seconds, not checked",
        "zone: quick",
    ]


def test_errors_come_first_and_each_once() -> None:
    twice = [("one", lambda *_: [warning("b", "x"), refusal("z", "y")]), ("two", lambda *_: [warning("b", "x")])]
    assert [one.where for one in run(subject(), FakeCloud(), twice).findings] == ["z", "b"]


def test_a_team_stack_is_asked_for_its_account_only() -> None:
    cloud = FakeCloud(describe_availability_zones=CloudError("not asked"), get_service_quota=CloudError("not asked"))
    assert run(subject(cluster=None, zones=(), pools={}), cloud).findings == ()
    assert set(cloud.asked) == {"get_caller_identity"}


def test_every_check_is_run() -> None:
    assert len(CHECKS) == len({name for name, _ in CHECKS}) == 13


@pytest.mark.parametrize("team", [True, False])
def test_the_aws_cli_is_checked_on_every_stack(monkeypatch: pytest.MonkeyPatch, *, team: bool) -> None:
    monkeypatch.setattr(running.cli, "check", lambda *, team: iter([refusal("aws CLI", f"team {team}")]))
    stack = subject(cluster=None, zones=(), pools={}) if team else subject()
    for cloud in (FakeCloud(), FakeCloud(get_caller_identity=NoCredentialsError("none"))):
        assert [str(one) for one in run(stack, cloud).refusals] == [f"aws CLI: team {team}"]


def test_credentials_that_only_one_service_refuses_are_the_same_error() -> None:
    (one,) = run(subject(), FakeCloud(describe_availability_zones=BadCredentialsError("OptInRequired: no"))).findings
    assert (one.level, one.where) == ("error", "credentials")
    assert "enable us-east-1 in the account" in one.message


def test_mistakes_in_the_settings_are_errors() -> None:
    problems = (Issue("account", "is none"), Issue("profile", "is read by none", "aws"))
    found = run(subject(problems=problems), FakeCloud()).findings
    assert [(one.level, str(one)) for one in found] == [
        ("error", "account: is none"),
        ("error", "aws:profile: is read by none"),
    ]
