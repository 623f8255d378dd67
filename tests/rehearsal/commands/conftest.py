"""A checkout with one stack, and a shell script in the engine's place that plays what a test tells it to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rehearsal import sandboxes
from rehearsal.commands import policy_check, policy_pack
from rehearsal.stacks import account, project, stack_file
from rehearsal.supervisor import control

SET_QUOTAS: dict[str, float] = {}
"""What the last operation set."""
ENGINE = """#!{python}
import json, os, signal, sys, time
from pathlib import Path

folder = Path({folder!r})
arguments = sys.argv[1:]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
if arguments[:2] == ["stack", "init"]:
    state = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://").partition("?")[0]) / ".pulumi/stacks/platform"
    state.mkdir(parents=True, exist_ok=True)
    (state / (arguments[2] + ".json")).write_text(json.dumps({{"checkpoint": {{"latest": {{}}}}}}))
    sys.exit(0)
if arguments[0] == "config":
    sys.exit(0)
play = json.loads((folder / "play.json").read_text())
if arguments[:2] == ["stack", "output"]:
    print(json.dumps(play["outputs"]))
    sys.exit(0)
with open(arguments[arguments.index("--event-log") + 1], "w") as log:
    for event in play["events"]:
        log.write(json.dumps(event) + "\\n")
print("the engine's own display")
if play.get("hang"):
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    (folder / "hanging").touch()
    time.sleep(60)
sys.exit(play["code"])
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: platform\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"platform:owner": "ml"}}))
    for module in (sandboxes, project, stack_file, policy_pack, policy_check):
        monkeypatch.setattr(module, "CHECKOUT", folder)
    return folder


@pytest.fixture
def play(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Says how the engine will end, and with which events; returns the folder with its calls."""
    script = tmp_path / "pulumi"
    script.write_text(ENGINE.format(python=sys.executable, folder=str(tmp_path)))
    script.chmod(0o755)
    monkeypatch.setenv("LLM_REHEARSAL_PULUMI", str(script))
    monkeypatch.setenv("LLM_REHEARSAL_CONTROLPLANE", "/bin/true")
    monkeypatch.setattr(control, "begin", lambda _sandbox, _tell: None)
    monkeypatch.setattr(control, "wait_until_ready", lambda _sandbox: None)
    monkeypatch.setattr(account, "prepare", lambda _sandbox, _settings: None)
    monkeypatch.setattr(account, "set_quotas", lambda _sandbox, _settings, quotas: SET_QUOTAS.update(quotas))

    def prepare(code: int, *events: dict, hang: bool = False, outputs: dict | None = None) -> Path:
        given = {"code": code, "events": list(events), "hang": hang, "outputs": outputs or {}}
        (tmp_path / "play.json").write_text(json.dumps(given))
        return tmp_path

    return prepare


@pytest.fixture
def dead_pid() -> int:
    """The pid of a process that ended."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


@pytest.fixture
def lock():
    """Writes a lock file of the file backend."""
    import socket
    from datetime import UTC, datetime

    def write(sandbox, pid: int = os.getppid()) -> Path:
        folder = sandbox.state / ".pulumi" / "locks" / "organization" / "platform" / "dev"
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "pid": pid,
            "username": "me",
            "hostname": socket.gethostname(),
            "timestamp": datetime.now(UTC).isoformat(),
        }
        (folder / "one.json").write_text(json.dumps(content))
        return folder / "one.json"

    return write
