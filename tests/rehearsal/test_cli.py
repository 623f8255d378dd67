"""The command line as a process: exit codes and messages of what can be told without a sandbox."""

import re
import subprocess
import sys

import pytest

from rehearsal.sandboxes import CHECKOUT, find


def rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rehearsal.cli", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up"], "--stack"),
        (["up", "--stack", "nowhere", "--sandbox", "never-made"], "no stack 'nowhere' in this checkout (there are: "),
        (["up", "--stack", "dev", "--sandbox", "Not/A/Name"], "lower-case letters"),
        (["up", "--stack", "dev", "--sandbox", "never-made", "--stack-file", "/nowhere.yaml"], "no such stack file"),
        (["up", "--stack", "dev", "--sandbox", "never-made", "--policy-pack", "/tmp"], "PulumiPolicy.yaml is missing"),
        (
            ["preview", "--stack", "dev", "--sandbox", "never-made", "--policy-pack-config", "/no.json"],
            "no such file of",
        ),
        (["policy-check", "--stack", "nowhere", "--sandbox", "never-made"], "no stack 'nowhere'"),
        (["destroy", "--stack", "dev", "--sandbox", "never-made"], "has no stack 'dev'"),
        (["status", "--sandbox", "never-made"], "sandbox never-made: none"),
        (["logs", "--sandbox", "never-made"], "sandbox never-made: none"),
        (["fly"], "No such command"),
    ],
)
def test_bad_use_is_2_and_one_message(arguments, message):
    result = rehearse(*arguments)
    assert result.returncode == 2, result.stderr
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert find("never-made") is None


def test_the_version_is_a_line():
    result = rehearse("--version")
    assert result.returncode == 0
    assert re.fullmatch(r"rehearse \d+\.\d+\.\d+\n", result.stdout)


def test_a_sandbox_that_is_not_there_is_no_failure_to_take_down():
    assert rehearse("down", "--sandbox", "never-made").returncode == 0
