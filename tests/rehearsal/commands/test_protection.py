"""A destroy is refused up front while something is protected, and says what it will leave."""

from dataclasses import fields

import pytest

from rehearsal.commands import protection
from rehearsal.sandbox import Ports, Sandbox
from workspace.stack_state import Resource, StackState

PORTS = [field.name for field in fields(Ports)]


def resource(kind: str, name: str, *, protect=False, retained=False, **inputs) -> Resource:
    return Resource(
        urn=f"urn:pulumi:prod::platform::{kind}::{name}",
        type=kind,
        id=f"{name}-id",
        custom=True,
        protect=protect,
        retained=retained,
        pending_delete=False,
        inputs=inputs,
        outputs={},
    )


@pytest.fixture
def held(monkeypatch):
    def hold(*resources: Resource) -> None:
        state = StackState(resources=resources, pending=(), encryption={})
        monkeypatch.setattr(protection.file_backend, "read", lambda _sandbox, _stack: state)
        monkeypatch.setattr(protection.stack_file, "teams_on", lambda _sandbox, _stack: [])

    return hold


def test_nothing_forbids_an_unprotected_stack(held):
    held(resource("aws:s3/bucket:Bucket", "b"), resource("aws:eks/cluster:Cluster", "c", deletionProtection=False))
    assert protection.what_forbids(None, "prod") == []


def test_a_protected_bucket_names_the_setting(held):
    held(resource("aws:s3/bucket:Bucket", "b", protect=True))
    lines = protection.what_forbids(None, "prod")
    assert any("aws:s3/bucket:Bucket b is protected" in line for line in lines)
    assert any("llm-platform:protect: false" in line for line in lines)
    assert not any("deletion_protection" in line for line in lines)


def test_a_guarded_cluster_names_its_own_setting(held):
    held(resource("aws:eks/cluster:Cluster", "c", deletionProtection=True))
    lines = protection.what_forbids(None, "prod")
    assert any("deletion_protection: false" in line for line in lines)
    assert not any("llm-platform:protect" in line for line in lines)


def test_what_stays_is_listed_once(held):
    held(
        resource("aws:s3/bucket:Bucket", "b", retained=True),
        resource("aws:kms/key:Key", "kept", retained=True),
        resource("aws:kms/key:Key", "cluster", deletionWindowInDays=7.0),
    )
    lines = protection.what_stays(None, "prod")
    assert len(lines) == 4
    assert any("b-id" in line and "retained" in line for line in lines)
    assert any("cluster-id" in line and "7 days" in line for line in lines)


def test_a_platform_that_carries_teams_names_them_first(held, monkeypatch, tmp_path):
    held(resource("aws:s3/bucket:Bucket", "b", protect=True))
    monkeypatch.setattr(protection.stack_file, "teams_on", lambda _sandbox, _stack: ["team-a", "team-b"])
    sandbox = Sandbox(root=tmp_path, name="side", ports=Ports(**dict.fromkeys(PORTS, 1)))
    lines = protection.what_forbids(sandbox, "prod")
    assert lines[0] == "stack prod carries team-a, team-b; nothing was deleted:"
    assert "  first: rehearse destroy --stack team-b --sandbox side" in lines
