"""Reading the file backend: resources, pending operations, living and dead locks."""

import json
import os
import socket
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.stacks import file_backend


@pytest.fixture
def lock(sandbox):
    folder = sandbox.state / ".pulumi" / "locks" / "organization" / "platform" / "dev"

    def write(pid: int, *, hostname: str | None = None, taken: datetime | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "pid": pid,
            "username": "me",
            "hostname": hostname or socket.gethostname(),
            "timestamp": (taken or datetime.now(UTC)).isoformat(),
        }
        (folder / "one.json").write_text(json.dumps(content))
        (folder / "one.json.attrs").write_text("{}")

    return write


def test_a_running_process_holds_its_lock(sandbox, lock):
    lock(os.getppid())
    assert [found.alive for found in file_backend.locks(sandbox, "dev")] == [True]


def test_the_lock_of_a_process_that_ended_is_dead(sandbox, lock):
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    lock(pid)
    assert [found.alive for found in file_backend.locks(sandbox, "dev")] == [False]


def test_a_pid_that_came_back_for_another_process_does_not_hold_the_lock(sandbox, lock):
    lock(os.getppid(), taken=datetime.now(UTC) - timedelta(days=400))
    assert [found.alive for found in file_backend.locks(sandbox, "dev")] == [False]


def test_another_hosts_lock_counts_as_held(sandbox, lock):
    lock(1, hostname="elsewhere")
    assert [found.alive for found in file_backend.locks(sandbox, "dev")] == [True]


def test_a_removed_lock_leaves_no_file(sandbox, lock):
    lock(os.getppid())
    (found,) = file_backend.locks(sandbox, "dev")
    file_backend.remove_lock(found)
    assert file_backend.locks(sandbox, "dev") == []
    assert list(found.path.parent.iterdir()) == []


def test_a_checkpoint_is_read_whole(sandbox, backend):
    bucket = {
        "urn": "urn:pulumi:dev::platform::aws:s3/bucket:Bucket::b",
        "type": "aws:s3/bucket:Bucket",
        "custom": True,
        "id": "b-1",
        "protect": True,
        "retainOnDelete": True,
    }
    backend("dev", [bucket], [{"resource": {"urn": "urn:x::y"}, "type": "creating"}])
    held = file_backend.read(sandbox, "dev")
    assert [(entry.urn, entry.name) for entry in held.creating] == [("urn:x::y", "y")]
    assert held.encryption == {"encryptionsalt": "v1:salt"}
    (resource,) = held.of_type("aws:s3/bucket:Bucket")
    assert (resource.name, resource.id, resource.protect, resource.retained) == ("b", "b-1", True, True)
    assert file_backend.stacks(sandbox) == ["dev"]
    assert file_backend.read(sandbox, "prod") is None
