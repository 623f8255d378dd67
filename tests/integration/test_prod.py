"""The prod stack: up, nothing to do, protected, released, gone. The tests go on from one another, in this order."""

import subprocess
import sys

import pytest
import yaml

from rehearsal.bench import consistency
from rehearsal.commands.chat_check import ask
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import file_backend
from settings.models.node_release import DEFAULT_RELEASES
from tests.integration.conftest import WITHOUT_GUARDRAILS
from tests.integration.documented import ADDRESS, StackFile, blocks


@pytest.fixture(scope="module")
def prod(stack):
    return stack("prod")


def test_up_from_nothing(prod):
    prod.run("up", WITHOUT_GUARDRAILS).check()
    services = prod.services()
    assert set(services) == set(prod.config["services"])
    for service in services.values():
        assert ask(service)
    assert consistency.differences(prod.rehearsal.sandbox) == []


def test_a_second_up_changes_nothing(prod):
    assert prod.run("up", WITHOUT_GUARDRAILS).check().changes == {}


def test_a_second_platform_stack_is_refused_with_the_cure(stack):
    result = stack("dev").run("preview")
    assert result.code == 2
    assert "--sandbox dev" in result.stderr


def test_destroy_is_refused_and_says_how_to_lift_the_protection(prod):
    before = file_backend.read(prod.rehearsal.sandbox, "prod")
    result = prod.run("destroy")
    assert result.code == 1
    for line in ("llm-platform:protect: false", "deletion_protection: false", "--no-policy-pack", "Kept on purpose"):
        assert line in result.stderr
    assert file_backend.read(prod.rehearsal.sandbox, "prod") == before


def test_nodes_of_gpu_pools_are_updated_without_capacity_above_their_size(prod):
    """What the transforms of the program set reaches the children of a remote component, in the real engine."""
    groups = {
        one.urn.rpartition("::")[2]: one.inputs
        for one in file_backend.read(prod.rehearsal.sandbox, "prod").resources
        if "aws:eks/nodeGroup:NodeGroup" in one.urn
    }
    assert set(groups) == {"llm-system", "llm-g6e", "llm-g5"}
    for name in ("llm-g6e", "llm-g5"):
        assert groups[name]["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert "updateConfig" not in groups["llm-system"]
    assert {one["releaseVersion"] for one in groups.values()} == {DEFAULT_RELEASES["1.35"]}


def test_what_is_lifted_while_the_api_is_private_is_warned_of(prod):
    prod.config["protect"] = False
    prod.config["cluster"]["deletion_protection"] = False
    result = prod.run("preview", WITHOUT_GUARDRAILS).check()
    told = [event["diagnosticEvent"]["message"] for event in result.events if "diagnosticEvent" in event]
    assert any("destroy from outside" in line for line in told)


@pytest.mark.soak_only("minutes")
def test_destroy_goes_through_as_the_documentation_has_it(prod, rehearsal, tmp_path):
    """The first up reversed: a public API and no protection in one change, then a destroy from outside."""
    committed = yaml.safe_load((CHECKOUT / "Pulumi.prod.yaml").read_text())
    file = StackFile(rehearsal.sandbox, tmp_path / "project", "prod", committed)
    (commands,) = blocks("docs/operations.md", "## Destroy a private stack")
    assert commands[-1] == "make up STACK=prod"
    file.run(commands)
    prod.settings = file.settings()
    assert prod.config["cluster"]["api_access"] == {"public_cidrs": [f"{ADDRESS}/32"]}
    assert prod.config["cluster"]["deletion_protection"] is False
    # The guardrails want a production bucket protected: they refuse the lifting, and it says so.
    assert prod.run("up").code == 3
    prod.run("up", WITHOUT_GUARDRAILS).check()
    kept = {
        resource.id
        for resource in file_backend.read(rehearsal.sandbox, "prod").resources
        if resource.custom and resource.retained
    }
    result = prod.run("destroy").check()
    assert file_backend.read(rehearsal.sandbox, "prod").resources == ()
    left = {name for ids in consistency.in_moto(rehearsal.sandbox).values() for name in ids}
    assert left <= kept
    assert all(name in result.stderr for name in left)
    assert consistency.in_kubernetes(rehearsal.sandbox) == set()


def test_the_commands_of_the_first_up_open_the_api_and_close_it_again(rehearsal, tmp_path):
    committed = yaml.safe_load((CHECKOUT / "Pulumi.prod.yaml").read_text())
    (commands,) = (one for one in blocks("README.md", "**The stacks.**") if any("STACK=prod" in line for line in one))
    before, after = commands[: commands.index("make up STACK=prod")], commands
    for run, expected in ((before, {"public_cidrs": [f"{ADDRESS}/32"]}), (after, {"private": True})):
        file = StackFile(rehearsal.sandbox, tmp_path / str(len(run)), "prod", committed)
        file.run(run)
        assert file.settings()["config"]["llm-platform:cluster"]["api_access"] == expected


def test_down_leaves_nothing(rehearsal):
    root = rehearsal.sandbox.root
    command = [sys.executable, "-m", "rehearsal.cli", "down", "--sandbox", rehearsal.name]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    assert not root.exists()
