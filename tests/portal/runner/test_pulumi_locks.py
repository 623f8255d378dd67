import os
import socket

import psutil
import pytest

from portal.runner.pulumi_locks import owner_is_gone

HERE = socket.gethostname()
NOW = "2026-11-24T12:00:00Z"
NEVER = 2**22 + 7  # above the largest pid Linux gives


def complaint(*owners: tuple[str, int, str]) -> str:
    lines = [f"  file:///x.json: created by me@{host} (pid {pid}) at {at}" for host, pid, at in owners]
    return "error: the stack is currently locked by 1 lock(s).\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "dead", "gone"),
    [
        (complaint((HERE, NEVER, NOW)), None, True),
        (complaint((HERE, os.getpid(), "2038-01-01T00:00:00Z")), None, False),
        (complaint((HERE, os.getpid(), "2001-01-01T00:00:00Z")), None, True),  # the pid was another's then
        (complaint((HERE, NEVER, NOW), ("elsewhere", NEVER, NOW)), None, False),
        (complaint(("elsewhere", 7, NOW)), None, False),
        (complaint(("container-1", 7, NOW)), {"hostname": "container-1", "started": 0.0}, True),
        (complaint(("container-1", 7, "1999-01-01T00:00:00Z")), {"hostname": "container-1", "started": 1e9}, False),
        ("error: something else", None, False),
    ],
)
def test_a_lock_is_removed_only_when_its_owner_is_known_to_be_gone(text, dead, gone):
    assert owner_is_gone(text, dead) is gone


def test_the_pid_of_a_zombie_is_gone():
    child = os.fork()
    if child == 0:
        os._exit(0)
    process = psutil.Process(child)
    while process.status() != psutil.STATUS_ZOMBIE:
        pass
    try:
        assert owner_is_gone(complaint((HERE, child, "2038-01-01T00:00:00Z")), None)
    finally:
        os.waitpid(child, 0)
