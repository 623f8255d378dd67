"""Small pieces of Envoy's configuration: extensions with their type, durations, addresses, HTTP options."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

TYPE = "type.googleapis.com/envoy."

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def typed(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Extension ``name`` with the message ``kind``, given without ``envoy.`` in front."""
    return {"name": name, "typed_config": {"@type": TYPE + kind, **fields}}


def seconds(count: float) -> str:
    """Duration in JSON, such as ``0.25s``."""
    return f"{count:g}s"


def socket_address(host: str, port: int) -> dict[str, Any]:
    """TCP address."""
    return {"socket_address": {"address": host, "port_value": port}}


def socket_address_of(place: str) -> dict[str, Any]:
    """TCP address of ``HOST:PORT`` or ``[IPV6]:PORT``.

    Raises:
        ValueError: ``place`` is neither.
    """
    host, colon, port = place.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{place}: not HOST:PORT")
    return socket_address(host.removeprefix("[").removesuffix("]"), int(port))


def endpoint(address: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Endpoint of a cluster."""
    return {"endpoint": {"address": address, **more}}


def pipe(path: Path) -> dict[str, Any]:
    """Unix socket."""
    return {"pipe": {"path": str(path)}}


def upstream(
    protocol: str,
    *,
    idle_seconds: float | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Options of a cluster that speaks ``http`` (1.1) or ``http2`` to its endpoints.

    Args:
        protocol: ``http`` or ``http2``.
        idle_seconds: when a connection without a request is closed.
        options: options of the protocol.
    """
    fields: dict[str, Any] = {"explicit_http_config": {f"{protocol}_protocol_options": dict(options)}}
    if idle_seconds is not None:
        fields["common_http_protocol_options"] = {"idle_timeout": seconds(idle_seconds)}
    return {HTTP_OPTIONS: {"@type": f"type.googleapis.com/{HTTP_OPTIONS}", **fields}}


def header(key: str, value: str) -> dict[str, Any]:
    """Header to set, in place of one of that name."""
    return {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def elsewhere() -> dict[str, Any]:
    """Part of a retry policy: a host that failed is not tried again while there is another one."""
    previous = "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    return {
        "retry_host_predicate": [typed("envoy.retry_host_predicates.previous_hosts", previous)],
        "host_selection_retry_max_attempts": 10,
    }
