"""Public listener: what it accepts of a caller, and for how long."""

from typing import Any

from gateway.config import Config
from gateway.envoy import contract
from gateway.envoy.access_log import access_log
from gateway.envoy.filters import filters
from gateway.envoy.replies import local_replies
from gateway.envoy.routes import routes
from gateway.envoy.typed import seconds, socket_address, typed

_STREAMS = 100  # of one HTTP/2 connection
_HEADERS_KIB = 32
_HEADERS = 100
_WINDOW_BYTES = 262_144


def listener(config: Config) -> dict[str, Any]:
    """The listener on the public port, plain HTTP/1.1 and HTTP/2: TLS ends at the load balancer."""
    return {
        "name": "api",
        "address": socket_address(config.bind, config.listen),
        "filter_chains": [{"filters": [_connection_manager(config)]}],
    }


def _connection_manager(config: Config) -> dict[str, Any]:
    idle = config.load_balancer_idle_seconds
    return typed(
        "http",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="api",
        # Paths are compared as they came: one spelling each, so that nothing is normalized.
        normalize_path=False,
        merge_slashes=False,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        # One load balancer is in front, and appends the caller's address. No caller is internal: the range is for documents.
        use_remote_address=True,
        xff_num_trusted_hops=1,
        internal_address_config={"cidr_ranges": [{"address_prefix": "192.0.2.0", "prefix_len": 32}]},
        generate_request_id=True,
        always_set_request_id_in_response=True,
        server_header_transformation="PASS_THROUGH",
        request_headers_timeout="10s",
        request_timeout="60s",
        # Longer than the load balancer waits: it, not Envoy, ends an idle connection, else a request meets a closed one.
        stream_idle_timeout=seconds(idle + 30),
        drain_timeout="5s",
        max_request_headers_kb=_HEADERS_KIB,
        common_http_protocol_options={
            "idle_timeout": seconds(idle + 60),
            "max_headers_count": _HEADERS,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http_protocol_options={"allow_chunked_length": False, "enable_trailers": False},
        http2_protocol_options={
            "max_concurrent_streams": _STREAMS,
            "initial_stream_window_size": _WINDOW_BYTES,
            "initial_connection_window_size": 4 * _WINDOW_BYTES,
            "allow_connect": False,
        },
        early_header_mutation_extensions=[
            typed(
                "callers",
                "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                mutations=[_remove_prefix(prefix) for prefix in (contract.PREFIX, "x-envoy-")],
            )
        ],
        http_filters=filters(config),
        route_config=routes(config),
        local_reply_config=local_replies(),
        access_log=[access_log(config)],
    )


def _remove_prefix(prefix: str) -> dict[str, Any]:
    return {"remove_on_match": {"key_matcher": {"prefix": prefix, "ignore_case": True}}}
