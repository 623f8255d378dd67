"""The emulator's application: native and OpenAI routes over one store and one scheduler."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from rehearsal.images.ollama import native, openai
from rehearsal.images.ollama.native import ApiError, Ollama


def build(ollama: Ollama) -> Starlette:
    """The application; errors take the form of the API that was called."""
    return Starlette(
        routes=[*native.routes(ollama), *openai.routes(ollama)],
        exception_handlers={ApiError: _on_error, HTTPException: _on_http_error},
    )


async def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    if request.url.path.startswith("/v1/"):
        return openai.error(error)
    return JSONResponse({"error": str(error)}, status_code=error.code)


async def _on_http_error(_: Request, error: Exception) -> Response:
    """Answer 404 and 405 in plain text, as Ollama's router does."""
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(f"{error.status_code} {error.detail.lower()}", status_code=error.status_code)
