"""A portal on loopback with a scripted runner, for a browser to visit."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from gateway.store.table import Table
from portal.app import create_app
from portal.http.dependencies import Dependencies
from portal.identity.passwords import Passwords
from portal.settings import PortalSettings
from tests.portal import cluster_api, gateway_table, prometheus_api
from tests.portal.browser.doubles import TellingRunner, model_endpoint
from tests.portal.cluster_api import ClusterApi
from tests.portal.people import PASSWORD, ROLES, UNLIMITED, populate, token_of
from tests.portal.prometheus_api import PrometheusApi
from workspace.ports import free_port

_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Site:
    """Where it answers, what carries out its runs, and everybody's password."""

    url: str
    runner: TellingRunner
    tokens: dict[str, str]
    """A token of each person, for machines."""
    deps: Dependencies
    cluster: ClusterApi
    """The API server of its platform."""
    prometheus: PrometheusApi
    """Prometheus of its platform."""
    table: Table | None = None
    """The table of its platform's gateway; None without one."""
    password: str = PASSWORD


@contextmanager
def serving(data: Path, database: str, passwords: Passwords, *, gateway: bool = False, **more: Any) -> Iterator[Site]:
    """A portal that serves until the block ends; its jobs move by themselves."""
    table_of = gateway_table.serving() if gateway else nullcontext()
    with model_endpoint() as endpoint, cluster_api.serving() as cluster, table_of as table:
        runner = TellingRunner(endpoint)
        if gateway:
            runner.gateway = gateway_table.EXPORTS | {"gateway_url": f"{endpoint}/v1"}
        runner.kubeconfig = cluster.kubeconfig()
        runner.monitoring = dict(prometheus_api.EXPORTS)
        prometheus = cluster.proxies[prometheus_api.PROXY] = PrometheusApi()
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
        tokens = {login: token_of(login) for login in ROLES}
        yield Site(settings.url, runner, tokens, app.state.deps, cluster, prometheus, table)
        runner.release()
        server.should_exit = True
        thread.join()
