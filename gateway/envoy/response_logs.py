"""Response logs: what of requests and answers goes to the process that writes them, and how it gets there.

Envoy sends copies and waits for nothing (`observability_mode`): it ignores what the process answers, that it is slow, and that it
is not there. Only the route of requests with `contract.RESPONSE_LOG_HEADER`, which the policy sets, has the filter on.
"""

from typing import Any

from gateway.config import Config
from gateway.envoy import contract
from gateway.envoy.typed import TYPE, endpoint, pipe, typed, upstream

FILTER = "response_logs"
CLUSTER = "response_logs"
MOST_REQUESTS = 500
"""Requests that are logged at once in one pod; more are answered as ever and not logged."""
_BUFFER_BYTES = 16 * 1024 * 1024
"""What Envoy keeps on each thread for a process that does not read, until the ping finds that out."""
_PER_ROUTE = TYPE + "extensions.filters.http.ext_proc.v3.ExtProcPerRoute"
OFF: dict[str, Any] = {FILTER: {"@type": _PER_ROUTE, "disabled": True}}
ON: dict[str, Any] = {FILTER: {"@type": _PER_ROUTE, "overrides": {}}}


def observation() -> dict[str, Any]:
    """The filter. Of the headers it sends none with a credential."""
    names = (":path", ":status", "content-type", "x-request-id", contract.RESPONSE_LOG_HEADER)
    return typed(
        FILTER,
        "extensions.filters.http.ext_proc.v3.ExternalProcessor",
        grpc_service={"envoy_grpc": {"cluster_name": CLUSTER}},
        observability_mode=True,
        failure_mode_allow=True,
        disable_immediate_response=True,
        processing_mode={
            "request_header_mode": "SEND",
            "response_header_mode": "SEND",
            "request_body_mode": "STREAMED",
            "response_body_mode": "STREAMED",
            "request_trailer_mode": "SKIP",
            "response_trailer_mode": "SKIP",
        },
        forward_rules={"allowed_headers": {"patterns": [{"exact": name} for name in names]}},
    )


def cluster(config: Config) -> dict[str, Any]:
    """The process. It has no health check: a call that it does not take is one that is not logged."""
    return {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "0.25s",
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        # One that hangs keeps a copy waiting, and with it the request, when the buffer is full: not for long.
        "typed_extension_protocol_options": upstream(
            "http2", options={"connection_keepalive": {"interval": "1s", "timeout": "1s"}}
        ),
        "load_assignment": {
            "cluster_name": CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint(pipe(config.responses_socket))]}],
        },
        "circuit_breakers": {"thresholds": [{"max_requests": MOST_REQUESTS, "max_pending_requests": MOST_REQUESTS}]},
    }
