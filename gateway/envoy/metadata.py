"""Filters that put fields of a request's body and the usage of an answer into dynamic metadata; no body is changed.

`sse_to_metadata` and its content parser are marked as work in progress in Envoy 1.40: "not covered by the threat model, not
supported by the security team". They read what our own engines answer, never what a caller sends.
"""

from typing import Any

from gateway.envoy import contract
from gateway.envoy.typed import typed

_JSON = {
    "allow_content_types": ["application/json"],
    "allow_content_types_regex": {"regex": "(?i)application/json[ \\t]*(;.*)?"},
}
_STREAM_PATHS = (
    "usage.prompt_tokens",
    "usage.completion_tokens",
    "response.usage.input_tokens",
    "response.usage.output_tokens",
    contract.EVENT_NUMBER,
)
_EVENT_BYTES = 1024 * 1024


def fields(name: str) -> dict[str, Any]:
    """The filter that reads `contract.REQUEST_FIELDS`, as values of the kinds that JSON has: `true` stays a boolean."""
    rules = [_rule(path, key, "PROTOBUF_VALUE") for key, path in contract.REQUEST_FIELDS.items()]
    return typed(
        name,
        "extensions.filters.http.json_to_metadata.v3.JsonToMetadata",
        request_rules={**_JSON, "rules": rules},
    )


def usage(name: str) -> dict[str, Any]:
    """The filter that reads the usage of an answer that is not a stream; it buffers the answer."""
    rules = [_rule(f"usage.{field}", field, "NUMBER") for field in contract.USAGE_FIELDS]
    return typed(
        name,
        "extensions.filters.http.json_to_metadata.v3.JsonToMetadata",
        response_rules={**_JSON, "rules": rules},
    )


def stream_usage(name: str) -> dict[str, Any]:
    """The filter that reads the usage of a stream; the last one counts, so that an aborted stream has its own.

    Events of responses have a number, and the last one the whole response, usage included, under `response`.
    """
    # Each rule costs at each event: no more than occur.
    rules = [{"rule": _rule(path, path.rpartition(".")[2], "NUMBER")} for path in _STREAM_PATHS]
    parser = typed("envoy.content_parsers.json", "extensions.content_parsers.json.v3.JsonContentParser", rules=rules)
    return typed(
        name,
        "extensions.filters.http.sse_to_metadata.v3.SseToMetadata",
        response_rules={"content_parser": parser, "max_event_size": _EVENT_BYTES},
    )


def _rule(path: str, key: str, kind: str) -> dict[str, Any]:
    """The value at ``path``, dots between its keys, goes to ``key``."""
    target = {"metadata_namespace": contract.REQUEST_NAMESPACE, "key": key, "type": kind}
    return {"selectors": [{"key": part} for part in path.split(".")], "on_present": target}
