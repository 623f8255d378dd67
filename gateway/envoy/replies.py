"""Envoy's own answers, with bodies in OpenAI's form; the policy's refusals pass as they are."""

from typing import Any

from gateway.envoy import values
from gateway.envoy.typed import header, typed

_CEL = "extensions.access_loggers.filters.cel.v3.ExpressionFilter"

# Status, code, message; its type follows from the status, as at https://platform.openai.com/docs/guides/error-codes.
_REPLIES = (
    (400, "bad_request", "The request is not valid HTTP."),
    (403, "forbidden", "The request is not allowed."),
    (404, "not_found", "There is no such path: see /v1/models and the endpoints of the OpenAI API."),
    (405, "method_not_allowed", "The path does not allow this method."),
    (408, "request_timeout", "The request did not arrive in time."),
    (413, "request_too_large", "The request is too large."),
    (426, "upgrade_required", "HTTP/1.1 or HTTP/2 is needed."),
    (429, "rate_limit_exceeded", "The gateway gets more requests a second than one pod takes; try again."),
    (431, "headers_too_large", "The request's headers are too large."),
    (500, "server_error", "The gateway cannot pass on the answer."),
    (501, "not_implemented", "The request's transfer coding is not known."),
    (502, "bad_gateway", "The model's answer is not valid HTTP."),
    (503, "model_not_ready", "The model has no replica that answers."),
    (504, "timeout", "The model did not answer in time."),
)
_RETRY_AFTER_SECONDS = 5


def local_replies() -> dict[str, Any]:
    """The `local_reply_config`; the first mapper whose filter matches counts."""
    mappers = [
        # What the policy could not decide has the same flag as what it refused, and no body.
        _mapper(_details("ext_authz_error"), 503, "policy_unavailable", "The gateway cannot decide at the moment."),
        {
            "filter": {"response_flag_filter": {"flags": ["UAEX"]}},
            "body_format_override": {
                "text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"},
                "content_type": "application/json",
            },
        },
        _mapper(_details("overload"), 503, "overloaded", "The gateway is overloaded."),
        _mapper(_details(values.REFUSED_DETAILS), 413, "request_too_large", values.REFUSED_MESSAGE),
        *(_mapper(_status(status), status, code, message) for status, code, message in _REPLIES),
    ]
    return {"mappers": mappers}


def _mapper(condition: dict[str, Any], status: int, code: str, message: str) -> dict[str, Any]:
    kind = "server_error" if status >= 500 else "requests" if status == 429 else "invalid_request_error"
    # The null of `param` is left to the format: it knows texts and numbers, and a missing value becomes null.
    body = {"error": {"message": message, "type": kind, "param": "%DYNAMIC_METADATA(llm:none)%", "code": code}}
    mapper: dict[str, Any] = {
        "filter": condition,
        "status_code": status,
        "body_format_override": {"json_format": body, "content_type": "application/json"},
    }
    if status == 503:
        mapper["headers_to_add"] = [header("retry-after", str(_RETRY_AFTER_SECONDS))]
    return mapper


def _status(status: int) -> dict[str, Any]:
    value = {"default_value": status, "runtime_key": "gateway.unused"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _details(details: str) -> dict[str, Any]:
    return {"extension_filter": typed("details", _CEL, expression=f"response.code_details == '{details}'")}
