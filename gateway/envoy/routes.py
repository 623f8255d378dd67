"""Routes: five paths in one spelling each; every other path is a 404, every other method a 405."""

from typing import Any

from gateway.config import Config
from gateway.envoy import contract, response_logs
from gateway.envoy.contract import COMPLETIONS_PATH, EMBEDDINGS_PATH, MODELS_PATH, RESPONSES_PATH
from gateway.envoy.filters import (
    API_ONLY,
    AUTHORIZATION,
    AUTHORIZATION_FILTERS,
    BODY_FILTERS,
    CALLER,
    VALUES,
    buffer_bytes,
)
from gateway.envoy.typed import TYPE, elsewhere, header

API_PATHS = ("/v1/chat/completions", COMPLETIONS_PATH, EMBEDDINGS_PATH, RESPONSES_PATH)
_CALLERS = (
    *("authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"),
    "accept-encoding",
    *("x-data-parallel-rank", "endpoint-load-metrics-format"),
)
"""Headers that no engine gets from a caller: credentials, the wish for an answer whose usage could not be read, and what steers vLLM
past its own balancing or has it report its load."""
_ENVOYS = ("x-envoy-external-address", "x-envoy-internal")
ENGINES = (
    *("server", "x-powered-by", "via"),
    *("set-cookie", "www-authenticate", "proxy-authenticate"),
    *("location", "content-location", "refresh", "alt-svc", "link"),
    *(
        "strict-transport-security",
        "clear-site-data",
        "content-security-policy",
        "report-to",
        "reporting-endpoints",
        "nel",
    ),
    *(f"access-control-allow-{what}" for what in ("origin", "credentials", "methods", "headers", "private-network")),
    *("access-control-expose-headers", "access-control-max-age"),
    *("endpoint-load-metrics", "endpoint-load-metrics-bin"),
    *(
        f"x-envoy-{what}"
        for what in ("attempt-count", "decorator-operation", "degraded", "immediate-health-check-fail")
    ),
    *(f"x-envoy-{what}" for what in ("overloaded", "ratelimited", "upstream-canary", "upstream-service-time")),
)
"""Headers of an engine, or of a proxy in its pod, that no client gets. An engine answers for its model, the gateway for its address: an engine
sets no cookies and no rules for browsers there, sends clients nowhere else, and says neither what it is made of nor how busy it is.

As a list of names, which Envoy removes once with an answer's headers: a filter would see each event of a stream. What a client needs
of an engine, such as `retry-after` and `content-type`, passes."""
_RETRIES = 3
_AUTHORIZATION = TYPE + "extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute"


def routes(config: Config) -> dict[str, Any]:
    """The `route_config`. Models come and go without a change of it: the policy names the cluster in a header."""
    listed = [
        *(_logged(path) for path in API_PATHS if config.response_logs),
        *(_small(path) for path in API_PATHS),
        *(_api(path) for path in API_PATHS),
        # The policy answers; what it lets pass by mistake has nowhere to go.
        {"name": "models", "match": _match(MODELS_PATH, "GET"), **_reply(500, skip=(CALLER, *BODY_FILTERS))},
        *(_not_allowed(path, "POST") for path in API_PATHS),
        _not_allowed(MODELS_PATH, "GET"),
        {"name": "unknown", "match": {"prefix": "/"}, **_reply(404, skip=API_ONLY)},
        # `OPTIONS *` and CONNECT have no path.
        {"name": "pathless", "match": {"safe_regex": {"regex": ".*"}}, **_reply(404, skip=API_ONLY)},
    ]
    host = {
        "name": "all",
        "domains": ["*"],
        "routes": listed,
        "request_body_buffer_limit": buffer_bytes(config),
        **({"typed_per_filter_config": response_logs.OFF} if config.response_logs else {}),
    }
    return {
        "name": "api",
        "virtual_hosts": [host],
        # After the routes' own changes, which read one of these.
        "request_headers_to_remove": _removed(config),
        "response_headers_to_remove": list(ENGINES),
    }


def _removed(config: Config) -> list[str]:
    log = [contract.RESPONSE_LOG_HEADER] if config.response_logs else []
    return [contract.CLUSTER_HEADER, contract.AUTHORIZATION_HEADER, *log, *_ENVOYS]


def _logged(path: str) -> dict[str, Any]:
    """The route of a request whose response is logged: Envoy looks for it again after the policy's decision."""
    route = _api(path)
    headers = [*route["match"]["headers"], {"name": contract.RESPONSE_LOG_HEADER, "present_match": True}]
    return {
        **route,
        "name": f"{route['name']}-logged",
        "match": {**route["match"], "headers": headers},
        "typed_per_filter_config": {**route["typed_per_filter_config"], **response_logs.ON},
    }


def _small(path: str) -> dict[str, Any]:
    """The route of a body whose length is stated and small: the policy is called once, with its fields."""
    length = {"name": "content-length", "range_match": {"start": 0, "end": contract.SMALL_BYTES + 1}}
    route = _api(path)
    headers = [*route["match"]["headers"], length]
    return {
        **route,
        "name": f"{route['name']}-small",
        "match": {**route["match"], "headers": headers},
        "typed_per_filter_config": {
            **_disabled(CALLER, VALUES),
            AUTHORIZATION: _check(body=path == COMPLETIONS_PATH),
        },
    }


def _api(path: str) -> dict[str, Any]:
    return {
        "name": path.removeprefix("/v1/"),
        "match": _match(path, "POST"),
        "route": {
            "cluster_header": contract.CLUSTER_HEADER,
            "cluster_not_found_response_code": "SERVICE_UNAVAILABLE",
            "timeout": "0s",
            "retry_policy": _retries(),
        },
        # Removed first, then set from what the policy gave: an engine never sees what the caller sent.
        "request_headers_to_remove": list(_CALLERS),
        "request_headers_to_add": [header("authorization", f"%REQ({contract.AUTHORIZATION_HEADER})%")],
        "typed_per_filter_config": {
            CALLER: _check(contract.CALLER_FIRST),
            AUTHORIZATION: _check(contract.CALLER_KNOWN, body=path == COMPLETIONS_PATH),
        },
    }


def _check(caller: str | None = None, *, body: bool = False) -> dict[str, Any]:
    """What a call of the policy has beside headers and fields.

    With ``body`` the beginning of the body, as text: Envoy 1.40 takes no `pack_as_bytes` of a route.
    """
    settings: dict[str, Any] = {"context_extensions": {contract.CALLER_EXTENSION: caller}} if caller else {}
    if body:
        settings["with_request_body"] = {"max_request_bytes": contract.PROMPTS_BYTES, "allow_partial_message": True}
    return {"@type": _AUTHORIZATION, "check_settings": settings}


def _retries() -> dict[str, Any]:
    """Before the first byte of the answer only: Envoy never retries afterwards."""
    return {
        "retry_on": "connect-failure,refused-stream,reset,gateway-error",
        "num_retries": _RETRIES,
        **elsewhere(),
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
    }


def _match(path: str, method: str) -> dict[str, Any]:
    return {"path": path, "headers": [{"name": ":method", "string_match": {"exact": method}}]}


def _not_allowed(path: str, allowed: str) -> dict[str, Any]:
    return {
        "name": f"not-{allowed}{path}",
        "match": {"path": path},
        **_reply(405, skip=API_ONLY),
        "response_headers_to_add": [header("allow", allowed)],
    }


def _reply(status: int, *, skip: tuple[str, ...]) -> dict[str, Any]:
    """Answer at once, without the filters ``skip``: no body is read for it."""
    return {"direct_response": {"status": status}, "typed_per_filter_config": _disabled(*skip)}


def _disabled(*names: str) -> dict[str, Any]:
    """Filters that a route does without."""
    other = TYPE + "config.route.v3.FilterConfig"
    return {
        name: {"@type": _AUTHORIZATION if name in AUTHORIZATION_FILTERS else other, "disabled": True} for name in names
    }
