"""Chain of HTTP filters: readiness, the ceiling, tokens, size, the caller, the body's fields, the policy's decision, usage, router.

Envoy parses a body into a tree of many times its size, so that it reads those of known callers only: before a body of
more than `contract.SMALL_BYTES`, or of unknown length, the policy is called with the headers alone (`CALLER`), and a caller
without a valid key is refused before the body has arrived.
"""

from typing import Any

from gateway.config import Config
from gateway.envoy import contract, metadata, response_logs, tokens, values
from gateway.envoy.clusters import POLICY
from gateway.envoy.typed import elsewhere, header, seconds, typed

READY_PATH = "/ready"
"""Path of the load balancer's and the kubelet's check: 200 while a policy process is well and no drain has begun."""
TOKENS, SIZE, CALLER, VALUES, FIELDS, AUTHORIZATION, USAGE, ANSWER_VALUES, STREAM_USAGE = (
    "tokens",
    "size",
    "caller",
    "values",
    "fields",
    "authorization",
    "usage",
    "answer_values",
    "stream_usage",
)
BODY_FILTERS = (SIZE, VALUES, FIELDS, USAGE, ANSWER_VALUES, STREAM_USAGE)
"""Filters that look at bodies."""
AUTHORIZATION_FILTERS = (CALLER, AUTHORIZATION)
"""Filters that call the policy."""
API_ONLY = (TOKENS, *AUTHORIZATION_FILTERS, *BODY_FILTERS)
"""Filters that only a route of the API needs."""
ANSWER_BYTES = 64 * 1024 * 1024
"""Longest answer that is not a stream."""
MOST_REQUESTS_PER_SECOND = 1000
"""Requests a second that a pod takes, also the burst: below the 1,500 that its policy decides on, so that those without a key,
which no tenant's limit counts, leave the policy able to answer."""
_FILLS_PER_SECOND = 10
_POLICY_RETRIES = 3


def buffer_bytes(config: Config) -> int:
    """How much of a body Envoy keeps: a whole request, for its fields and for retries; a whole answer, for its usage.

    A longer answer that is not a stream is a 500, and so is one of more than `values.MOST_ANSWER_VALUES`.
    """
    return max(config.max_request_bytes + 65_536, ANSWER_BYTES)


def filters(config: Config) -> list[dict[str, Any]]:
    """The filters in the order in which a request meets them; an answer meets them in reverse."""
    return [
        _ready(),
        _ceiling(),
        *([tokens.verification(TOKENS, config.oidc)] if config.oidc else []),
        typed(
            SIZE, "extensions.filters.http.body_size_limit.v3.BodySizeLimit", max_request_bytes=config.max_request_bytes
        ),
        _authorization(CALLER, config, clear_route_cache=False),
        values.request_bound(VALUES),
        metadata.fields(FIELDS),
        # The route is looked for again: whether this response is logged is known now.
        _authorization(AUTHORIZATION, config, clear_route_cache=True),
        *([response_logs.observation()] if config.response_logs else []),
        metadata.usage(USAGE),
        values.answer_bound(ANSWER_VALUES),
        metadata.stream_usage(STREAM_USAGE),
        typed("router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True),
    ]


def _policy_grpc(config: Config) -> dict[str, Any]:
    """The policy as a gRPC service; a call that a dying process leaves is made again, on the other one."""
    longest = config.hold_seconds + 10
    retries = {
        "num_retries": _POLICY_RETRIES,
        "retry_on": "connect-failure,refused-stream,reset,unavailable",
        **elsewhere(),
        # Envoy takes the longest pause between two tries for the longest try too, 10 s by default: a hold would be cut.
        "retry_back_off": {"base_interval": "0.025s", "max_interval": seconds(longest)},
    }
    return {"envoy_grpc": {"cluster_name": POLICY}, "timeout": seconds(longest), "retry_policy": retries}


def _ready() -> dict[str, Any]:
    return typed(
        "ready",
        "extensions.filters.http.health_check.v3.HealthCheck",
        pass_through_mode=False,
        headers=[{"name": ":path", "string_match": {"exact": READY_PATH}}],
        cluster_min_healthy_percentages={POLICY: {"value": 1}},
    )


def _ceiling() -> dict[str, Any]:
    """All callers together, on all threads of the pod; readiness checks are answered before it."""
    always = {"default_value": {"numerator": 100}, "runtime_key": "gateway.unused"}
    return typed(
        "ceiling",
        "extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="ceiling",
        token_bucket={
            "max_tokens": MOST_REQUESTS_PER_SECOND,
            "tokens_per_fill": MOST_REQUESTS_PER_SECOND // _FILLS_PER_SECOND,
            "fill_interval": seconds(1 / _FILLS_PER_SECOND),
        },
        filter_enabled=always,
        filter_enforced=always,
        response_headers_to_add=[header("retry-after", "1")],
    )


def _authorization(name: str, config: Config, *, clear_route_cache: bool) -> dict[str, Any]:
    names = ("authorization", "content-length", "content-type", "x-request-id", "user-agent")
    return typed(
        name,
        "extensions.filters.http.ext_authz.v3.ExtAuthz",
        transport_api_version="V3",
        grpc_service=_policy_grpc(config),
        failure_mode_allow=False,
        status_on_error={"code": 503},
        clear_route_cache=clear_route_cache,
        metadata_context_namespaces=[contract.REQUEST_NAMESPACE, contract.CLAIMS_NAMESPACE],
        allowed_headers={"patterns": [{"exact": name} for name in names]},
        stat_prefix=name,
    )
