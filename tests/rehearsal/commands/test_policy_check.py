"""policy-check: the report it writes and the exit codes, with a played engine and the real report."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from cli.console import UsageError
from rehearsal.commands import policy_check
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.policy_check import Check
from rehearsal.sandboxes import CHECKOUT, find, open_or_create

END = {"summaryEvent": {"resourceChanges": {"create": 1}}}


def violation(level: str) -> dict:
    urn = "urn:pulumi:dev::p::aws:iam/role:Role::it"
    return {"policyEvent": {"policyName": "irsa-scope", "enforcementLevel": level, "resourceUrn": urn, "message": "no"}}


@pytest.fixture
def pack(checkout: Path) -> Path:
    """The checkout's own rules, with this Python."""
    folder = checkout / "policies"
    shutil.copytree(CHECKOUT / "policies", folder)
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (folder / "PulumiPolicy.yaml").write_text(yaml.safe_dump({"runtime": runtime}))
    return folder


@pytest.mark.parametrize(
    ("code", "events", "expected"),
    [
        (0, [END], ExitCode.DONE),
        (0, [violation("advisory"), END], ExitCode.DONE),
        (1, [violation("mandatory"), END], ExitCode.REFUSED_BY_POLICY),
        (1, [{"diagnosticEvent": {"severity": "error", "message": "no bucket"}}, END], ExitCode.FAILED),
        (255, [], ExitCode.FAILED),
    ],
)
def test_the_exit_code_says_how_it_went(play, pack, capsys, code, events, expected):
    play(code, *events)
    assert policy_check.run(Check(stack="dev", sandbox="default")) is expected
    folder = pack.parent / ".policy-check"
    table = (folder / "dev.md").read_text()
    assert table == capsys.readouterr().out
    (run,) = json.loads((folder / "dev.sarif").read_text())["runs"]
    assert len(run["results"]) == sum("policyEvent" in event for event in events)
    assert ("not every resource was judged" in table) == (expected is ExitCode.FAILED)


def test_a_sandbox_it_made_is_taken_away(play, pack):
    play(0, END)
    policy_check.run(Check(stack="dev", sandbox="default"))
    assert find("default") is None


def test_a_sandbox_that_was_there_stays(play, pack):
    play(0, END)
    sandbox, _ = open_or_create("default")
    policy_check.run(Check(stack="dev", sandbox="default"))
    assert find("default") == sandbox


def test_the_real_stack_is_judged_by_the_pulumi_on_path(play, pack, tmp_path, monkeypatch):
    folder = play(1, violation("mandatory"), END)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert policy_check.run(Check(stack="dev", sandbox="default", real=True)) is ExitCode.REFUSED_BY_POLICY
    (call,) = [json.loads(line) for line in (folder / "calls").read_text().splitlines()]
    assert call[:3] == ["preview", "--stack", "dev"]
    assert call[call.index("--policy-pack") + 1] == str(pack)
    assert call[call.index("--policy-pack-config") + 1] == str(pack / "config" / "dev.json")
    assert find("default") is None


def test_the_real_stack_needs_a_pulumi(pack, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="needs the Pulumi CLI on PATH"):
        policy_check.run(Check(stack="dev", sandbox="default", real=True))
    with pytest.raises(UsageError, match="--stack-file is for the rehearsal"):
        policy_check.run(Check(stack="dev", sandbox="default", real=True, stack_file=Path("x")))
