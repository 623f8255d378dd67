"""The process of one load balancer: Envoy, with its targets in a file that it follows.

It listens inside the sandbox only; the node agent carries connections to it and puts their source in front of them
(PROXY protocol), as the load balancer's address is one of this machine.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rehearsal.images.envoy import fetch
from rehearsal.network import enter
from rehearsal.nodes.alb.ingress import Alb
from workspace.files import write_atomically
from workspace.ports import free_port

_TYPE = "type.googleapis.com/envoy."
_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TLS = "extensions.transport_sockets.tls.v3.DownstreamTlsContext"
_MANAGER = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_START_SECONDS = 15.0
Target = tuple[str, int]


class Proxy:
    """One Envoy, and the ports that its listeners have inside."""

    def __init__(self, alb: Alb, folder: Path, certificate: tuple[Path, Path] | None) -> None:
        """Start nothing yet.

        Args:
            alb: The load balancer.
            folder: For its configuration and log.
            certificate: Files of its certificate and key; needed for listeners with TLS.
        """
        self._alb, self._folder, self._certificate = alb, folder, certificate
        self._process: asyncio.subprocess.Process | None = None
        self.ports = {number: free_port() for number, _ in alb.listeners}

    async def start(self, targets: Sequence[Target]) -> None:
        """Start it and wait until it listens.

        Raises:
            ToolchainError: Envoy is unavailable here.
            OSError: it does not start.
        """
        binary = await asyncio.to_thread(fetch.binary)
        self._folder.mkdir(parents=True, exist_ok=True)
        self.send_to(targets)
        config = self._folder / "envoy.json"
        config.write_text(json.dumps(self._bootstrap()))
        command = [
            str(binary),
            "-c",
            str(config),
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "warning",
        ]
        with (self._folder / "load-balancer.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*enter.command(command), stdout=log, stderr=log)
        async with asyncio.timeout(_START_SECONDS):
            for port in self.ports.values():
                await self._answers(port)

    def send_to(self, targets: Sequence[Target]) -> None:
        """Send new requests to these targets from now on; those that run finish where they are."""
        endpoints = [
            {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
            for address, port in targets
        ]
        assignment = {
            "@type": f"{_TYPE}config.endpoint.v3.ClusterLoadAssignment",
            "cluster_name": "targets",
            "endpoints": [{"lb_endpoints": endpoints}],
        }
        write_atomically(self._folder / "targets.json", json.dumps({"resources": [assignment]}))

    async def stop(self) -> None:
        """End it; connections break."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _answers(self, port: int) -> None:
        while True:
            if self._process is None or self._process.returncode is not None:
                raise OSError(f"the load balancer's proxy ended; see {self._folder}/load-balancer.log")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    def _bootstrap(self) -> dict[str, Any]:
        idle = f"{self._alb.idle_seconds}s"
        cluster = {
            "name": "targets",
            "type": "EDS",
            "connect_timeout": "10s",
            "lb_policy": "LEAST_REQUEST",
            "common_lb_config": {"update_merge_window": "0s"},
            "eds_cluster_config": {
                "eds_config": {
                    "path_config_source": {
                        "path": str(self._folder / "targets.json"),
                        "watched_directory": {"path": str(self._folder)},
                    }
                }
            },
            "typed_extension_protocol_options": {
                _HTTP: {
                    "@type": f"type.googleapis.com/{_HTTP}",
                    "common_http_protocol_options": {"idle_timeout": idle},
                    "explicit_http_config": {"http_protocol_options": {}},
                }
            },
        }
        listeners = [self._listener(number, idle, tls=tls) for number, tls in self._alb.listeners]
        node = {"id": self._folder.name, "cluster": "load-balancers"}
        return {"node": node, "static_resources": {"listeners": listeners, "clusters": [cluster]}}

    def _listener(self, number: int, idle: str, *, tls: bool) -> dict[str, Any]:
        everything = {"match": {"prefix": "/"}, "route": {"cluster": "targets", "timeout": "0s"}}
        manager = {
            "@type": _TYPE + _MANAGER,
            "stat_prefix": "alb",
            "use_remote_address": True,
            "stream_idle_timeout": idle,
            "common_http_protocol_options": {"idle_timeout": idle},
            # An ALB answers 502 when a target breaks a connection, 503 when it has none.
            "local_reply_config": {"mappers": [{"filter": _broken(), "status_code": 502}]},
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
            "http_filters": [_typed("envoy.filters.http.router", "extensions.filters.http.router.v3.Router")],
        }
        chain: dict[str, Any] = {
            "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
        }
        if tls and self._certificate:
            names = ("certificate_chain", "private_key")
            files = {name: {"filename": str(path)} for name, path in zip(names, self._certificate, strict=True)}
            common = {"tls_certificates": [files], "alpn_protocols": ["h2", "http/1.1"]}
            chain["transport_socket"] = _typed("envoy.transport_sockets.tls", _TLS, common_tls_context=common)
        source = "extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
        return {
            "name": str(number),
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": self.ports[number]}},
            "listener_filters": [_typed("envoy.filters.listener.proxy_protocol", source)],
            "filter_chains": [chain],
        }


def _typed(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": _TYPE + kind, **fields}}


def _broken() -> dict[str, Any]:
    return {"response_flag_filter": {"flags": ["UF", "UC", "URX"]}}
