"""First previews, in a sandbox that stays empty: what they know, and what the guardrails refuse before anything exists."""

import json
import shutil
from pathlib import Path

import pytest

from rehearsal.bench import consistency
from rehearsal.commands import operations
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.operations import Request
from rehearsal.plugins.wire import UNKNOWN_TEXT
from rehearsal.sandboxes import CHECKOUT, existing
from rehearsal.stacks import file_backend, project

VARIANTS = Path(__file__).parent / "variants"
POOLS_OF_DEV = {"llm-system", "llm-karpenter-g5-gpu-karpenter", "llm-karpenter-x86-cpu-karpenter"}
"""Node group and EC2NodeClasses."""


@pytest.fixture(scope="module")
def previewed(stack):
    return stack("dev").run("preview").check()


def inputs(result, tail: str) -> list[dict]:
    found = [event["resourcePreEvent"]["metadata"] for event in result.events if "resourcePreEvent" in event]
    return [one["new"]["inputs"] for one in found if one["urn"].rsplit("::", 1)[0].endswith(tail)]


@pytest.mark.parametrize(
    ("tail", "names"),
    [
        ("awsx:ec2:Vpc$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet", ["ipv6CidrBlock"]),
        ("eks:index:Addon$aws:eks/addon:Addon", ["clusterName"]),
        ("aws:eks/cluster:Cluster", ["encryptionConfig"]),
        ("aws:eks/nodeGroup:NodeGroup", ["clusterName", "subnetIds"]),
    ],
)
def test_what_the_components_cannot_know_yet_is_unknown(previewed, tail, names):
    found = inputs(previewed, tail)
    assert found
    for given in found:
        assert {name: given.get(name) for name in names} == dict.fromkeys(names, UNKNOWN_TEXT)


def test_the_guardrails_pass_it(previewed):
    assert previewed.changes.keys() == {"create"}
    broken = [event["policyEvent"] for event in previewed.events if "policyEvent" in event]
    assert not [event for event in broken if event["enforcementLevel"] == "mandatory"]


@pytest.fixture
def variant(rehearsal, tmp_path, monkeypatch):
    """Runs an operation of the dev stack with a variant of the program; returns its code and its policy events."""

    def run(name: str, operation: str) -> tuple[ExitCode, list[dict]]:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(VARIANTS / name, folder)
            (folder / "Pulumi.yaml").write_text((CHECKOUT / "Pulumi.yaml").read_text())
            (folder / ".venv").symlink_to(CHECKOUT / ".venv")
        # Where the workspace takes the program from; settings and policies stay the checkout's.
        monkeypatch.setattr(project, "CHECKOUT", folder)
        lines: list[str] = []
        code = operations.run(Request(operation=operation, stack="dev", sandbox=rehearsal.name, on_event=lines.append))
        return code, [event["policyEvent"] for event in map(json.loads, lines) if "policyEvent" in event]

    return run


def mandatory(found: list[dict]) -> dict[str, list[str]]:
    """Names of the resources that break a mandatory rule, by rule."""
    broken: dict[str, list[str]] = {}
    for event in found:
        if event["enforcementLevel"] == "mandatory":
            broken.setdefault(event["policyName"], []).append(event["resourceUrn"].rsplit("::", 1)[1])
    return broken


def assert_nothing_exists(name: str) -> None:
    sandbox = existing(name)
    held = file_backend.read(sandbox, "dev")
    assert held is None or held.resources == ()
    assert {kind: ids for kind, ids in consistency.in_moto(sandbox).items() if ids} == {}
    assert consistency.recorded(sandbox) == []
    assert consistency.in_kubernetes(sandbox) == set()


@pytest.mark.parametrize(
    ("name", "operation", "rule", "resources"),
    [
        ("public_pools", "up", "node-public-subnet", POOLS_OF_DEV),
        ("administrator", "preview", "iam-admin-managed", {"everything"}),
    ],
)
def test_it_is_refused_and_nothing_is_created(variant, rehearsal, name, operation, rule, resources):
    code, found = variant(name, operation)
    assert code is ExitCode.REFUSED_BY_POLICY
    assert {rule: set(names) for rule, names in mandatory(found).items()} == {rule: resources}
    assert_nothing_exists(rehearsal.name)
