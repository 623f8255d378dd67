"""Bootstrap of Envoy: the listener, the admin interface, what bounds memory, and where the clusters come from."""

from typing import Any

from gateway.config import Config
from gateway.envoy import clusters, response_logs, tokens
from gateway.envoy.listener import listener
from gateway.envoy.typed import socket_address, typed

CLUSTERS_FILE = "clusters.json"
"""File of the services' clusters in the folder of dynamic files, written by the policy."""
_CONNECTIONS = 20_000


def bootstrap(config: Config) -> dict[str, Any]:
    """Envoy's whole static configuration."""
    fixed = [clusters.policy(config), *([tokens.cluster(config.oidc)] if config.oidc else [])]
    fixed += [response_logs.cluster(config)] if config.response_logs else []
    return {
        "node": {"id": "gateway", "cluster": config.stack},
        "admin": {"address": socket_address("127.0.0.1", config.admin), "ignore_global_conn_limit": True},
        "overload_manager": _overload(config),
        "dynamic_resources": {"cds_config": clusters.watched(config.dynamic_folder, CLUSTERS_FILE)},
        "static_resources": {"listeners": [listener(config)], "clusters": fixed},
    }


def _overload(config: Config) -> dict[str, Any]:
    heap = "envoy.resource_monitors.fixed_heap"
    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            typed(
                heap,
                "extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                max_heap_size_bytes=config.heap_bytes,
            ),
            typed(
                "envoy.resource_monitors.global_downstream_max_connections",
                "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=_CONNECTIONS,
            ),
        ],
        "actions": [
            _action("shrink_heap", heap, 0.85),
            _action("disable_http_keepalive", heap, 0.9),
            _action("stop_accepting_requests", heap, 0.95),
        ],
    }


def _action(name: str, monitor: str, share: float) -> dict[str, Any]:
    return {
        "name": f"envoy.overload_actions.{name}",
        "triggers": [{"name": monitor, "threshold": {"value": share}}],
    }
