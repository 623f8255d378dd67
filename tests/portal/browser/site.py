"""A portal on loopback with a scripted runner, for a browser to visit."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from portal.app import create_app
from portal.http.dependencies import Dependencies
from portal.identity.passwords import Passwords
from portal.settings import PortalSettings
from tests.portal.browser.doubles import TellingRunner, model_endpoint
from tests.portal.people import PASSWORD, ROLES, UNLIMITED, populate, token_of

_READY_SECONDS = 20.0


@dataclass(frozen=True)
class Site:
    """Where it answers, what carries out its runs, and everybody's password."""

    url: str
    runner: TellingRunner
    tokens: dict[str, str]
    """A token of each person, for machines."""
    deps: Dependencies
    password: str = PASSWORD


@contextmanager
def serving(data: Path, database: str, passwords: Passwords, **more: Any) -> Iterator[Site]:
    """A portal that serves until the block ends; its jobs move by themselves."""
    with model_endpoint() as endpoint:
        runner = TellingRunner(endpoint)
        port = free_port()
        given = {"sign_in": "local", "data_dir": data, "database_url": database, "port": port} | UNLIMITED | more
        settings = PortalSettings(**given)
        app = create_app(settings, runner, passwords=passwords)
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + _READY_SECONDS
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started, "the portal did not start"
        populate(app.state.deps.database, passwords)
        yield Site(settings.url, runner, {login: token_of(login) for login in ROLES}, app.state.deps)
        runner.release()
        server.should_exit = True
        thread.join()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
