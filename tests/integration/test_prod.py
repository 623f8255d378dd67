"""The prod stack: up, nothing to do, protected, released, gone. The tests go on from one another, in this order."""

import subprocess
import sys

import pytest

from rehearsal.bench import consistency
from rehearsal.commands.answers import ask
from rehearsal.workspace import state
from rehearsal.worlds import CHECKOUT


@pytest.fixture(scope="module")
def prod(stack):
    return stack("prod")


def test_up_from_nothing(prod):
    prod.run("up").check()
    services = prod.services()
    assert set(services) == set(prod.config["services"])
    for service in services.values():
        assert ask(service)
    assert consistency.differences(prod.rehearsal.world) == []


def test_a_second_up_changes_nothing(prod):
    assert prod.run("up").check().changes == {}


def test_a_second_platform_stack_is_refused_with_the_cure(stack):
    result = stack("dev").run("preview")
    assert result.code == 2
    assert "--world dev" in result.stderr


def test_destroy_is_refused_and_says_how_to_lift_the_protection(prod):
    before = state.read(prod.rehearsal.world, "prod")
    result = prod.run("destroy")
    assert result.code == 1
    for line in ("llm-platform:protect: false", "deletion_protection: false", "--no-policy-pack", "Kept on purpose"):
        assert line in result.stderr
    assert state.read(prod.rehearsal.world, "prod") == before


def test_destroy_goes_through_once_it_is_lifted(prod, rehearsal):
    prod.config["protect"] = False
    prod.config["cluster"]["deletion_protection"] = False
    # The guardrails want a production bucket protected: they refuse the lifting, and it says so.
    assert prod.run("up").code == 3
    prod.run("up", "--no-policy-pack").check()
    kept = {
        resource.id
        for resource in state.read(rehearsal.world, "prod").resources
        if resource.custom and resource.retained
    }
    result = prod.run("destroy").check()
    assert state.read(rehearsal.world, "prod").resources == ()
    left = {name for ids in consistency.in_moto(rehearsal.world).values() for name in ids}
    assert left <= kept
    assert all(name in result.stderr for name in left)
    assert consistency.in_kubernetes(rehearsal.world) == set()


def test_down_leaves_nothing(rehearsal):
    root = rehearsal.world.root
    command = [sys.executable, "-m", "rehearsal.cli", "down", "--world", rehearsal.name]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    assert not root.exists()
