"""The language host under the real engine."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from tests.harness import ROOT
from tests.waiting import until

pytestmark = pytest.mark.integration


def relatives(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_a_component_provider_in_python_and_a_secret(toy):
    up = toy.pulumi("up", "--yes")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "to stdout" in up.stdout
    assert "to stderr" in up.stdout
    assert "hunter2" not in up.stdout
    assert "warning" not in up.stdout + up.stderr
    shown = toy.pulumi("stack", "output", "--json", "--show-secrets")
    assert json.loads(shown.stdout) == {"greeting": "hello, hunter2"}
    again = toy.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert toy.pulumi("destroy", "--yes", "--skip-preview").returncode == 0


def test_an_exception_is_told_once_from_the_programs_first_frame(toy):
    toy.act("raise")
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert up.stdout.count("ValueError: the toy is broken") == 1
    assert "Program failed with an unhandled exception" in up.stdout
    assert f'File "{toy.program / "__main__.py"}"' in up.stdout
    assert "run_program.py" not in up.stdout + up.stderr
    assert "runpy" not in up.stdout + up.stderr
    assert "an unhandled error occurred" not in up.stdout + up.stderr


def test_an_exception_in_an_apply_is_told_once(toy):
    toy.act("raise-in-apply")
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert up.stdout.count("ValueError: the toy is broken") == 1
    assert "run_program.py" not in up.stdout + up.stderr


def test_a_run_error_is_told_without_traceback(toy):
    toy.act("run-error")
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert "the toy is out of order" in up.stdout
    assert "Traceback" not in up.stdout + up.stderr
    assert "program exited with non-zero exit code: 1" in up.stdout + up.stderr


@pytest.mark.parametrize(
    ("act", "message"),
    [("exit-3", "program exited with non-zero exit code: 3"), ("die", "program was terminated by SIGTERM")],
)
def test_other_ends_are_named(toy, act, message):
    toy.act(act)
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert message in up.stdout + up.stderr
    assert "Traceback" not in up.stdout + up.stderr


@pytest.mark.parametrize(("set_to", "seen"), [(None, "false"), ("{}", "{}"), ("{replicas: 3}", '{"replicas":3}')])
def test_an_empty_map_of_the_stack_differs_from_the_projects_default(toy, set_to, seen):
    """By the declaration of ``gateway`` in the program's own Pulumi.yaml."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]["gateway"]
    toy.project_file("config:", f"  gateway: {json.dumps(declared)}")
    if set_to:
        stack_file = toy.program / "Pulumi.dev.yaml"
        stack_file.write_text(f"{stack_file.read_text()}  toy:gateway: {set_to}\n")
    (toy.program / "__main__.py").write_text("import pulumi\npulumi.export('seen', pulumi.Config().get('gateway'))\n")
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert toy.pulumi("stack", "output", "seen").stdout.strip() == seen


def test_a_missing_virtual_environment_of_the_project_is_an_error(toy):
    (toy.program / "Pulumi.yaml").write_text("name: toy\nruntime: {name: python, options: {virtualenv: nowhere}}\n")
    up = toy.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert f"virtual environment {toy.program / 'nowhere'}" in up.stdout + up.stderr


def test_a_policy_pack_knows_the_stack_it_judges(toy):
    toy.act("quietly")
    preview = toy.pulumi("preview", "--policy-pack", str(toy.root / "pack"))
    assert preview.returncode != 0
    assert "toy/dev preview: act=quietly" in preview.stdout
    assert "no-greeters" in preview.stdout
    assert "1.2.3" in preview.stdout


def test_programs_and_packs_run_in_the_virtual_environment_they_name(toy):
    options = f"{{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
    (toy.program / "Pulumi.yaml").write_text(f"name: toy\nruntime: {options}\n")
    (toy.root / "pack" / "PulumiPolicy.yaml").write_text(f"runtime: {options}\n")
    (toy.program / "__main__.py").write_text("import os, pulumi\npulumi.export('env', os.environ['VIRTUAL_ENV'])\n")
    up = toy.pulumi("up", "--yes", "--policy-pack", str(toy.root / "pack"))
    assert up.returncode == 0, up.stdout + up.stderr
    assert toy.pulumi("stack", "output", "env").stdout.strip() == sys.prefix
    about = json.loads(toy.pulumi("about", "--json").stdout)
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["version"] == sys.version.split()[0]
    assert "llm-platform" in {dependency["name"] for dependency in about["dependencies"]}


def test_a_missing_virtual_environment_of_a_pack_is_an_error(toy):
    pack = toy.root / "pack"
    (pack / "PulumiPolicy.yaml").write_text("runtime: {name: python, options: {virtualenv: ../nowhere}}\n")
    preview = toy.pulumi("preview", "--policy-pack", str(pack))
    assert preview.returncode != 0
    assert f"virtual environment {pack / '../nowhere'}" in preview.stdout + preview.stderr


def test_a_pack_that_fails_to_start_says_why(toy):
    (toy.root / "pack" / "__main__.py").write_text("raise SystemExit('no rules today')\n")
    preview = toy.pulumi("preview", "--policy-pack", str(toy.root / "pack"))
    assert preview.returncode != 0
    assert "no rules today" in preview.stdout + preview.stderr
    assert "policy pack not started" in preview.stdout + preview.stderr


def test_a_folder_that_is_no_pack_says_so(toy):
    (toy.root / "pack" / "__main__.py").unlink()
    preview = toy.pulumi("preview", "--policy-pack", str(toy.root / "pack"))
    assert preview.returncode != 0
    assert "neither __main__.py nor a buildable pyproject.toml" in preview.stdout + preview.stderr


@pytest.fixture
def waiting(toy):
    """An `up` whose program waits, and the file that its program writes when it got there."""
    pids = toy.root / "pids"
    toy.act("wait")
    assert toy.pulumi("config", "set", "pids", str(pids)).returncode == 0
    process = toy.start("up", "--yes", "--skip-preview", "--policy-pack", str(toy.root / "pack"))
    try:
        until(lambda: pids.exists() and pids.read_text())
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_the_program_quietly(waiting):
    started = relatives(waiting)
    assert len(started) >= 3  # the host, the program, the program's own child
    os.killpg(waiting.pid, signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode != 0
    for noise in ("KeyboardInterrupt", "Traceback", "exited with non-zero exit code"):
        assert noise not in out + err
    until(lambda: not any(alive(process) for process in started))


def test_nothing_outlives_a_killed_engine(waiting):
    started = relatives(waiting)
    waiting.kill()
    until(lambda: not any(alive(process) for process in started))


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_automation_finds_the_engine(toy, engine: Path):
    from pulumi import automation

    command = automation.PulumiCommand(root=str(engine))
    assert command.version
    assert command.version >= "3.250.0"
