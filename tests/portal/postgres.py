"""A PostgreSQL server of the tests' own: in a temporary folder, on a loopback port, never as root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from workspace.ports import free_port


class NoPostgresError(Exception):
    """There is no PostgreSQL on this machine."""


def _program(name: str) -> str:
    """The newest installed; Debian keeps the server's programs off PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise NoPostgresError(f"{name} is not installed: apt-get install postgresql")
    return found


def _user() -> str | None:
    """PostgreSQL refuses to run as root: its own user does it then."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise NoPostgresError("there is no user postgres: apt-get install postgresql") from None


@contextmanager
def server() -> Iterator[str]:
    """Its URL, without a database's name. It keeps nothing safe: no write waits for the disk."""
    initdb, postgres, user = _program("initdb"), _program("postgres"), _user()
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    try:
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", str(data), "-U", "portal", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd="/",
            user=user,
            group=user,
        )
        port = free_port()
        options = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"]
        running = subprocess.Popen(
            [postgres, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
            + [part for option in options for part in ("-c", option)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=user,
        )
        try:
            url = f"postgresql://portal@127.0.0.1:{port}"
            _wait(url, running)
            yield url
        finally:
            running.send_signal(signal.SIGINT)  # a fast shutdown: connections are cut
            running.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None:
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return
    raise NoPostgresError(f"postgres ended with {running.returncode}")
