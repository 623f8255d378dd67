"""Answers of a check in Envoy's messages: a request is passed on, or refused with a body as OpenAI's API has it."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from envoy.config.core.v3.base_pb2 import HeaderValue, HeaderValueOption
from envoy.service.auth.v3.external_auth_pb2 import CheckResponse, DeniedHttpResponse, OkHttpResponse
from envoy.type.v3.http_status_pb2 import HttpStatus

from gateway.envoy.contract import AUTHORIZATION_HEADER, CLUSTER_HEADER, RESPONSE_LOG_HEADER

_OVERWRITE = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_PERMISSION_DENIED = 7  # code of google.rpc.Status; anything but 0 refuses
_OPTIONS = 1024
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
    answer = CheckResponse(
        denied_response=DeniedHttpResponse(
            status=HttpStatus(code=status),
            headers=_options({"content-type": "application/json", **(headers or {})}.items()),
            body=json.dumps(body),
        )
    )
    answer.status.code = _PERMISSION_DENIED
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
    to_engine = [(CLUSTER_HEADER, cluster)]
    if engine_key is not None:
        to_engine.append((AUTHORIZATION_HEADER, f"Bearer {engine_key}"))
    if log is not None:
        to_engine.append((RESPONSE_LOG_HEADER, log))
    answer = CheckResponse(
        ok_response=OkHttpResponse(headers=_options(to_engine), response_headers_to_add=_options(headers.items()))
    )
    answer.dynamic_metadata.fields[ENTRY].string_value = entry
    return answer


def _options(headers: Iterable[tuple[str, str]]) -> list[HeaderValueOption]:
    return [_option(key, value) for key, value in headers]


@lru_cache(_OPTIONS)
def _option(key: str, value: str) -> HeaderValueOption:
    """A header; most are those of many answers, and a message that takes it copies it."""
    return HeaderValueOption(header=HeaderValue(key=key, value=value), append_action=_OVERWRITE)


_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    413: "invalid_request_error",
    429: "requests",
}
