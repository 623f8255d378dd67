"""Error bodies as vLLM 0.32 answers them: ``{"error": {"message", "type", "param", "code"}}``."""

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class RequestError(Exception):
    """A request vLLM answers with an error body."""

    def __init__(
        self, message: str, *, kind: str = "BadRequestError", param: str | None = None, code: int = 400
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.param = param
        self.code = code


class BodyError(RequestError):
    """A body that does not have the shape of the request model; the message is FastAPI's and pydantic's."""

    def __init__(self, kind: str, where: tuple[str | int, ...], message: str, **more: object) -> None:
        detail: dict[str, Any] = {"type": kind, "loc": ("body", *where), "msg": message, **more}
        super().__init__(f"1 validation error:\n  {detail} {[detail]}", kind=HTTPStatus.BAD_REQUEST.phrase)


def body(error: RequestError) -> dict[str, Any]:
    """The JSON of an error."""
    return {"error": {"message": str(error), "type": error.kind, "param": error.param, "code": error.code}}


async def on_request_error(_: Request, error: Exception) -> JSONResponse:
    """Answer a RequestError."""
    if not isinstance(error, RequestError):
        raise error
    return JSONResponse(body(error), status_code=error.code)


async def on_http_exception(_: Request, error: Exception) -> JSONResponse:
    """Answer what the router refuses (404, 405) in vLLM's form."""
    if not isinstance(error, HTTPException):
        raise error
    refused = RequestError(error.detail, kind=HTTPStatus(error.status_code).phrase, code=error.status_code)
    return JSONResponse(body(refused), status_code=error.status_code, headers=error.headers)


async def on_exception(_: Request, error: Exception) -> JSONResponse:
    """Answer an unexpected error."""
    failed = RequestError(str(error), kind="InternalServerError", code=500)
    return JSONResponse(body(failed), status_code=failed.code)
