"""HTTP for the Hub: the token goes to the Hub's own host only, and no message holds a header's value."""

import http.client
import urllib.error
import urllib.request
from typing import IO, Any
from urllib.parse import urlsplit

from planner.catalog.sources.errors import SourceError

_AUTHORIZATION = "Authorization"


class _SameHostOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects, as the Hub's to its file store, and sends the token on to the same host only."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage
    ) -> Any:
        """Follow, or close the answer and say why not."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except (OSError, ValueError):
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request, with the token if it stays on the host."""
        if urlsplit(newurl).scheme not in {"http", "https"}:
            raise urllib.error.URLError("a redirect to something other than HTTP")
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        token = req.unredirected_hdrs.get(_AUTHORIZATION)
        if following is not None and token and _origin(newurl) == _origin(req.full_url):
            following.add_unredirected_header(_AUTHORIZATION, token)
        return following


def get(address: str, *, token: str | None, timeout: float, most: int) -> bytes:
    """The body of an answer, at most ``most`` bytes and one more.

    Raises:
        urllib.error.HTTPError: the status is not 200.
        OSError: there was no answer.
        http.client.HTTPException: what came is not HTTP.
        ValueError: the address is not one.
    """
    request = urllib.request.Request(address)  # noqa: S310  the scheme was checked
    if token:
        request.add_unredirected_header(_AUTHORIZATION, f"Bearer {token}")
    with urllib.request.build_opener(_SameHostOnly).open(request, timeout=timeout) as answer:
        content: bytes = answer.read(most + 1)
    return content


def checked_endpoint(text: str) -> str:
    """The address of a Hub, without a slash at its end.

    Raises:
        SourceError: it is not the address of a web server, or holds a password.
    """
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    # The value is not shown: it may hold a password.
    if not usable:
        raise SourceError("HF_ENDPOINT is not an address: write it like https://huggingface.co")
    if (
        parts.username is not None
        or not text.strip().isascii()
        or not text.strip().isprintable()
        or " " in text.strip()
    ):
        raise SourceError("HF_ENDPOINT has a user name, a space or another character that it cannot have: omit it")
    return text.strip().rstrip("/")


def checked_token(text: str | None) -> str | None:
    """A token of the Hub; None if there is none. Space and line breaks around it are dropped, as the Hub's client does.

    Raises:
        SourceError: it has characters that no token has.
    """
    token = (text or "").strip()
    if not token:
        return None
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise SourceError(
            "HF_TOKEN has a character that no token has, such as a space or a line break: export it again"
        )
    return token


def reason(error: Exception) -> str:
    """Why there was no answer, without any value of a request."""
    inner = getattr(error, "reason", error)
    if isinstance(inner, OSError):
        return inner.strerror or ("timed out" if isinstance(inner, TimeoutError) else type(inner).__name__)
    return inner if isinstance(inner, str) and isinstance(error, urllib.error.URLError) else type(inner).__name__


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
