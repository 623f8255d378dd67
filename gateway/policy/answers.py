"""Answers of a check in Envoy's messages: a request is passed on, or refused with a body as OpenAI's API has it."""

import json
from collections.abc import Mapping
from typing import Any

from envoy.config.core.v3.base_pb2 import HeaderValueOption
from envoy.service.auth.v3.external_auth_pb2 import CheckResponse, OkHttpResponse

from gateway.envoy.contract import AUTHORIZATION_HEADER, CLUSTER_HEADER, RESPONSE_LOG_HEADER

_OVERWRITE = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_PERMISSION_DENIED = 7  # code of google.rpc.Status; anything but 0 refuses
ENTRY = "entry"
"""Key of the decision's metadata: the text that the access log brings back."""

Headers = Mapping[str, str]


class RefusalError(Exception):
    """A request is refused.

    Attributes:
        status: HTTP status.
        code: Code of OpenAI's error body, such as `model_not_found`.
        headers: Headers of the answer.
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: Headers | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["retry-after"] = str(max(1, min(3600, int(retry_after + 0.999))))


def refused(refusal: RefusalError) -> CheckResponse:
    """The answer to a request that is refused."""
    error = {"message": str(refusal), "type": _TYPES.get(refusal.status, "server_error"), "param": None}
    return direct(refusal.status, {"error": error | {"code": refusal.code}}, refusal.headers)


def direct(status: int, body: Any, headers: Headers | None = None) -> CheckResponse:
    """An answer that Envoy sends at once: a denial may have any status, 200 too."""
    answer = CheckResponse()
    answer.status.code = _PERMISSION_DENIED
    denied = answer.denied_response
    denied.status.code = status
    denied.body = json.dumps(body)
    _add(denied.headers, "content-type", "application/json")
    for key, value in (headers or {}).items():
        _add(denied.headers, key, value)
    return answer


def known() -> CheckResponse:
    """The caller is known, and its body may be read: what becomes of the request the next call decides."""
    return CheckResponse(ok_response=OkHttpResponse())


def passed(
    cluster: str, engine_key: str | None, entry: str, headers: Headers, *, log: str | None = None
) -> CheckResponse:
    """A request goes to a cluster.

    Args:
        cluster: Name of the cluster.
        engine_key: API key of the engine; None for one without.
        entry: Text that the access log's line of this request will have.
        headers: Headers of the answer to the client.
        log: What the process that writes response logs learns of the request; None where this one is not logged.
    """
    answer = CheckResponse()
    to_engine = answer.ok_response.headers
    _add(to_engine, CLUSTER_HEADER, cluster)
    if engine_key is not None:
        _add(to_engine, AUTHORIZATION_HEADER, f"Bearer {engine_key}")
    if log is not None:
        _add(to_engine, RESPONSE_LOG_HEADER, log)
    to_client = answer.ok_response.response_headers_to_add
    for key, value in headers.items():
        _add(to_client, key, value)
    answer.dynamic_metadata.fields[ENTRY].string_value = entry
    return answer


def _add(options: Any, key: str, value: str) -> None:
    """Add a header in place: a message that is made elsewhere would be copied, and each around it again."""
    option = options.add(append_action=_OVERWRITE)
    header = option.header
    header.key, header.value = key, value


_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    413: "invalid_request_error",
    429: "requests",
}
