"""The step between the node agent and a container's program."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from rehearsal.network import enter, probe
from rehearsal.network.namespaces import Namespaces

IN_A_NAMESPACE = """
import json, subprocess, sys
from pathlib import Path
from rehearsal.network import enter

folder = Path(sys.argv[1])
show = '''
import json, os
from pathlib import Path

account = Path("/var/run/secrets/kubernetes.io/serviceaccount")
try:
    (account / "more").write_text("")
    written = "yes"
except OSError as error:
    written = error.strerror
print(json.dumps({
    "resolv": Path("/etc/resolv.conf").read_text(), "token": (account / "token").read_text(), "written": written,
    "run": os.listdir("/run"), "interfaces": sorted(os.listdir("/proc/self/net/dev_snmp6")),
    "kept": Path(KEPT).exists(), "new": [os.listdir("/no-such-folder-of-the-host/deep"), os.listdir("/etc/no-such")],
    "written to": Path("/etc/no-such/written").write_text("x"), "here": os.getcwd(),
    "rest": [Path("/etc/passwd").exists(), Path("/usr/bin").exists(), Path("/proc/self").exists()],
}))
'''.replace("KEPT", repr(str(folder / "kept")))
files = [
    ("/etc/resolv.conf", str(folder / "resolv.conf"), False),
    ("/var/run/secrets/kubernetes.io/serviceaccount", str(folder / "account"), True),
    (str(folder), str(folder / "account"), False),
    ("/no-such-folder-of-the-host/deep", str(folder / "account"), False),
    ("/etc/no-such", str(folder / "empty"), False),
]
command = enter.command(
    [sys.executable, "-c", show], namespace="/proc/self/ns/net", files=files, keep=[str(folder / "kept"), sys.prefix]
)
subprocess.run(command, check=True)
"""
SLEEPER = """
import subprocess, sys
from rehearsal.network import enter
child = subprocess.Popen(enter.command(["sleep", "300"]))
print(child.pid, flush=True)
child.wait()
"""


def test_the_program_takes_the_place_of_the_step() -> None:
    shown = subprocess.run(
        enter.command([sys.executable, "-c", "import os; print(os.getppid(), os.environ['GIVEN'])"]),
        env=os.environ | {"GIVEN": "yes"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [str(os.getpid()), "yes"]


def test_a_missing_program_is_named() -> None:
    ended = subprocess.run(enter.command(["/no/such/program"]), capture_output=True, text=True, check=False)
    assert ended.returncode == 127
    assert ended.stderr == "/no/such/program: No such file or directory\n"


@pytest.mark.parametrize("with_user", [False, True])
def test_files_are_where_the_pod_has_them_and_the_machine_keeps_its_own(tmp_path: Path, *, with_user: bool) -> None:
    if problem := probe.attempt():
        pytest.skip(f"no namespaces here: {problem}")
    if not with_user and os.geteuid() != 0:
        pytest.skip("root alone makes namespaces without a user namespace")
    (tmp_path / "resolv.conf").write_text("nameserver 172.20.0.10\n")
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "token").write_text("secret")
    for name in ("kept", "empty"):
        (tmp_path / name).mkdir()
    own = Path("/etc/resolv.conf").read_text(), Path("/proc/self/mountinfo").read_text()
    namespaces = Namespaces._made(with_user=with_user)
    shown = subprocess.run(
        [sys.executable, "-c", IN_A_NAMESPACE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=namespaces.enter,
    )
    for descriptor in namespaces.descriptors:
        os.close(descriptor)
    assert json.loads(shown.stdout) == {
        "resolv": "nameserver 172.20.0.10\n",
        "token": "secret",
        "written": "Read-only file system",
        "run": ["secrets"],
        "interfaces": ["lo"],
        "kept": True,
        "new": [["token"], []],
        "written to": 1,
        "here": str(Path.cwd()),
        "rest": [True, True, True],
    }
    assert (tmp_path / "empty" / "written").read_text() == "x"
    assert not Path("/no-such-folder-of-the-host").exists()
    assert not Path("/etc/no-such").exists()
    assert (Path("/etc/resolv.conf").read_text(), Path("/proc/self/mountinfo").read_text()) == own


def test_a_program_that_knows_nothing_of_the_agent_ends_with_it() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True) as agent:
        assert agent.stdout is not None
        container = psutil.Process(int(agent.stdout.readline()))
        until = time.monotonic() + 60
        while container.name() != "sleep":
            assert time.monotonic() < until
            time.sleep(0.01)
        agent.send_signal(signal.SIGKILL)
    psutil.wait_procs([container], timeout=60)
    assert not container.is_running() or container.status() == psutil.STATUS_ZOMBIE
