"""Metrics of the gateway, which both policy processes keep in files (`exposition`). No label has a key or a user."""

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

REQUESTS = Counter("llm_gateway_requests", "Requests that were answered.", ("tenant", "model", "code"))
BROKEN = Counter("llm_gateway_broken_answers", "Answers with status 2xx that an engine did not end.", ("model",))
TOKENS = Counter("llm_gateway_tokens", "Tokens of answered requests.", ("tenant", "model", "kind"))
REFUSED = Counter("llm_gateway_refused", "Requests that the policy refused.", ("code",))
HELD = Gauge("llm_gateway_held_requests", "Requests that wait for a replica.", ("model",), multiprocess_mode="livesum")
IN_FLIGHT = Gauge(
    "llm_gateway_in_flight", "Requests at an engine; none that is held.", ("model",), multiprocess_mode="livesum"
)
FIRST_TOKEN = Histogram(
    "llm_gateway_first_token_seconds", "From a request's first byte to the answer's.", ("model",), buckets=_SECONDS
)
DURATION = Histogram(
    "llm_gateway_duration_seconds", "From a request's first byte to the answer's last.", ("model",), buckets=_SECONDS
)
BUDGET = Gauge(
    "llm_gateway_budget_used_ratio",
    "Largest part of a budget that is spent.",
    ("tenant",),
    multiprocess_mode="livemostrecent",
)
REPLICAS = Gauge(
    "llm_gateway_ready_replicas", "Replicas that are ready.", ("model",), multiprocess_mode="livemostrecent"
)
SETTING = Gauge(
    "llm_gateway_service_setting",
    "Numbers in a service's annotations, for rules: thresholds of alerts, wanted replicas, US dollars an hour.",
    ("model", "setting"),
    multiprocess_mode="livemostrecent",
)
KEY_EXPIRES = Gauge(
    "llm_gateway_key_expires_timestamp_seconds",
    "When the next API key ends of those that this gateway pod saw in the last 24 hours; +Inf: none ends.",
    ("tenant",),
    multiprocess_mode="livemin",
)
KEY_CREATED = Gauge(
    "llm_gateway_key_created_timestamp_seconds",
    "When the oldest API key was created of those without a successor that this gateway pod saw in the last 24 hours; +Inf: there is none.",
    ("tenant",),
    multiprocess_mode="livemin",
)
IGNORED = Gauge(
    "llm_gateway_ignored_services",
    "Kubernetes Services of models that the gateway ignores, or whose price or setting it ignores.",
    ("reason",),
    multiprocess_mode="livemax",
)
TABLE_ERRORS = Counter("llm_gateway_table_errors", "Calls that the table did not answer.")
RESPONSES_LOGGED = Counter("llm_gateway_response_logs", "Responses that Firehose took as log.", ("model",))
RESPONSES_DROPPED = Counter(
    "llm_gateway_response_logs_dropped",
    "Responses with consent that are not logged: a buffer was full, one was too long or not understood, or Firehose did not take it.",
    ("reason",),
)

_SERIES = 4096
# Of the metrics that change with each request: the library's own look-up costs more than the change.
in_flight = lru_cache(_SERIES)(IN_FLIGHT.labels)
first_token = lru_cache(_SERIES)(FIRST_TOKEN.labels)
duration = lru_cache(_SERIES)(DURATION.labels)
