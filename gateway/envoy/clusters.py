"""Clusters: the policy's two processes, and one for each service."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.config import Config
from gateway.envoy.typed import TYPE, endpoint, pipe, seconds, socket_address_of, upstream

POLICY = "policy"
ENGINE_KEEP_ALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn, and so vLLM, closes an idle connection: `timeout_keep_alive` of uvicorn.Config."""
ENDPOINTS_FILES = "endpoints-*.json"
_NEVER_ALL = 99
"""`max_ejection_percent` that leaves one endpoint of up to a hundred: a lone replica is not shut out for one reset."""
_PINGS = {"interval": "2s", "timeout": "3s"}
_MANY = 100_000


def policy(config: Config) -> dict[str, Any]:
    """The policy's processes: the first one decides, the second one while the first is not healthy."""
    return {
        "name": POLICY,
        "type": "STATIC",
        "connect_timeout": "1s",
        # A process that hangs does not answer a ping: its connection is closed, and the other one gets its requests.
        "typed_extension_protocol_options": upstream("http2", options={"connection_keepalive": _PINGS}),
        "load_assignment": {
            "cluster_name": POLICY,
            "endpoints": [
                {"priority": number, "lb_endpoints": [endpoint(pipe(config.policy_socket(number)))]}
                for number in (0, 1)
            ],
        },
        # Where neither is healthy both are tried: one that a busy node keeps from answering checks in time still decides.
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}, "update_merge_window": "0s"},
        "health_checks": [
            {
                "timeout": "2s",
                "interval": "1s",
                "no_traffic_interval": "1s",
                "unhealthy_interval": "0.25s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "grpc_health_check": {},
            }
        ],
        "outlier_detection": _outliers(),
        "circuit_breakers": _breakers(),
    }


def service(name: str, folder: Path) -> dict[str, Any]:
    """The cluster of a service, as a resource of a CDS file; its endpoints are in a file of their own.

    It has no health check of its own: endpoints are those that are ready in Kubernetes. A check would shut out new ones
    until its first success, and with it every request where all endpoints are exchanged in one step. One that is dead
    although it is ready is ejected by the requests that it refuses, which are made again elsewhere.

    Args:
        name: the service's public name, ``STACK/SERVICE``.
        folder: folder of the dynamic files.
    """
    return {
        "@type": TYPE + "config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "connect_timeout": "2s",
        "lb_policy": "LEAST_REQUEST",
        "eds_cluster_config": {"eds_config": watched(folder, endpoints_file(name))},
        # Without a merge window of 0s the threads get an endpoint's health a second late.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "outlier_detection": _outliers(),
        "circuit_breakers": _breakers(),
        # A node that vanished sends no reset: half a minute without a sign of life is one.
        "upstream_connection_options": {
            "tcp_keepalive": {"keepalive_time": 15, "keepalive_interval": 5, "keepalive_probes": 3}
        },
        "typed_extension_protocol_options": upstream("http", idle_seconds=ENGINE_KEEP_ALIVE_SECONDS),
    }


def endpoints(name: str, places: Iterable[str]) -> dict[str, Any]:
    """The endpoints of a service, ``HOST:PORT`` each, as a resource of an EDS file.

    Raises:
        ValueError: one of them is not ``HOST:PORT``.
    """
    hosts = [endpoint(socket_address_of(place)) for place in places]
    return {
        "@type": TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": hosts}] if hosts else [],
    }


def endpoints_file(name: str) -> str:
    """Name of the file with a service's endpoints, which fits `ENDPOINTS_FILES`."""
    return f"endpoints-{quote(name, safe='')}.json"


def watched(folder: Path, name: str) -> dict[str, Any]:
    """Configuration source that follows a file which is renamed into ``folder``."""
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(folder / name), "watched_directory": {"path": str(folder)}},
    }


def _outliers() -> dict[str, Any]:
    """Eject at the first refused or broken connection, else the retry meets the same endpoint again.

    An answer 500 ejects nothing: one tenant's odd request would shut out an engine for all.
    """
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 1,
        "enforcing_consecutive_local_origin_failure": 100,
        "enforcing_local_origin_success_rate": 0,
        "consecutive_gateway_failure": 2,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": seconds(2),
        "max_ejection_time": seconds(30),
        "max_ejection_percent": _NEVER_ALL,
    }


def _breakers() -> dict[str, Any]:
    """The policy bounds requests; Envoy's own default bounds, such as three retries at a time, would lose some."""
    budget = {"budget_percent": {"value": 100}, "min_retry_concurrency": 100}
    bounds = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), _MANY)
    return {"thresholds": [{**bounds, "retry_budget": budget}]}
