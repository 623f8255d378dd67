"""The command line as a process: exit codes and messages of what can be told without a world."""

import re
import subprocess
import sys

import pytest

from rehearsal.worlds import CHECKOUT, find


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
        (["up", "--stack", "nowhere", "--world", "never-made"], "no stack 'nowhere' in this checkout (there are: "),
        (["up", "--stack", "dev", "--world", "Not/A/Name"], "lower-case letters"),
        (["up", "--stack", "dev", "--world", "never-made", "--stack-file", "/nowhere.yaml"], "no such stack file"),
        (["up", "--stack", "dev", "--world", "never-made", "--policy-pack", "/tmp"], "PulumiPolicy.yaml is missing"),
        (["preview", "--stack", "dev", "--world", "never-made", "--policy-pack-config", "/no.json"], "no such file of"),
        (["policy-check", "--stack", "nowhere", "--world", "never-made"], "no stack 'nowhere'"),
        (["destroy", "--stack", "dev", "--world", "never-made"], "has no stack 'dev'"),
        (["status", "--world", "never-made"], "world never-made: none"),
        (["logs", "--world", "never-made"], "world never-made: none"),
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


def test_a_world_that_is_not_there_is_no_failure_to_take_down():
    assert rehearse("down", "--world", "never-made").returncode == 0
