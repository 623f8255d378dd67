"""A pool whose quota is too small: it fails, stays failed, is named by the preflight with the command, and is mended."""

import json
import os
import re
import subprocess
import sys

import pytest

from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import events
from rehearsal.stacks.project import aws_environment, tools
from rehearsal.stacks.stack_file import copy_of
from tests.integration.conftest import on_node_groups

QUOTA = "L-3819A6DF"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

pytestmark = pytest.mark.soak_only("minutes")


@pytest.fixture(scope="module")
def dev(stack):
    return on_node_groups(stack("dev"))


@pytest.fixture(scope="module")
def failed(dev):
    """The first up, without any quota for spot instances with GPUs; it alone is previewed first, under the guardrails."""
    result = dev.run("up", "--quota", f"{QUOTA}=0")
    dev.rehearsal.guardrails = False
    return result


def command(rehearsal, stack_file: str | None = None) -> dict:
    """`llm-platform preflight` against the sandbox's AWS, by default of dev as the sandbox deploys it."""
    sandbox = rehearsal.sandbox
    environment = os.environ | aws_environment(sandbox)
    environment["PATH"] = f"{tools(sandbox)}:{environment['PATH']}"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cli.main",
            "preflight",
            "--stack",
            stack_file or str(copy_of(sandbox, "dev")),
            "--json",
        ],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found["errors"] else 0), done.stderr
    return found


def test_the_pool_fails_in_the_words_of_aws(failed):
    assert failed.code == 1
    (reason,) = [error for error in events.errors(failed.events) if "CREATE_FAILED" in error]
    assert "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'" in reason
    assert "MaxSpotInstanceCountExceeded" in reason
    # The preview before the update had said so.
    assert f"preflight: quota {QUOTA}: allows 0 vCPUs" in failed.stderr


def test_the_next_update_does_nothing_about_it(failed, dev):
    again = dev.run("up")
    assert again.code == 1  # its service finds no node
    assert not [error for error in events.errors(again.events) if "CREATE_FAILED" in error]


def test_the_preview_and_the_command_name_it_with_the_urn(failed, dev, rehearsal):
    (line,) = [one for one in events.preflight_warnings(dev.run("preview").check().events) if "pools.g5:" in one]
    assert "is CREATE_FAILED (AsgInstanceLaunchFailures: Could not launch Spot Instances." in line
    found = command(rehearsal)
    assert [one["where"] for one in found["errors"]] == ["pools.g5", f"quota {QUOTA}"]
    assert found["errors"][0]["message"] in line


def test_its_command_mends_it(failed, dev, rehearsal):
    (line,) = [one["message"] for one in command(rehearsal)["errors"] if one["where"] == "pools.g5"]
    urn = re.search(r"--replace '([^']+)'", line)[1]
    mended = dev.run("up", "--quota", f"{QUOTA}=64", "--replace", urn).check()
    assert [one for one in mended.changes["replace"] if NODE_GROUP in one] == [urn]
    assert events.preflight_warnings(dev.run("preview").check().events) == []
    found = command(rehearsal)
    assert (found["errors"], found["warnings"]) == ([], [])


def test_a_zone_that_eks_excludes_is_refused_by_its_id(rehearsal, stack):
    fresh = stack("fresh", stack("dev").settings)
    fresh.config["network"]["zones"] = ["a", "e"]
    fresh.write()
    # Another platform may not be in this sandbox, so the command looks: in moto's accounts us-east-1e is use1-az3.
    found = command(rehearsal, str(rehearsal.files["fresh"]))
    (error,) = [one for one in found["errors"] if one["where"] == "network.zones[1]"]
    assert error["refuses"]
    assert "us-east-1e is use1-az3" in error["message"]
