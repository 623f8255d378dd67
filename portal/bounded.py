"""Answers of other servers, bounded in time and size."""

import time
from typing import Any

import httpx


class TooLargeAnswerError(Exception):
    """The answer is larger than its bound."""


def answer(
    client: httpx.Client, method: str, url: str, *, seconds: float, most_bytes: int, **request: Any
) -> tuple[int, bytes]:
    """Return status and body of an answer.

    Args:
        client: What sends the request.
        method: HTTP method.
        url: Address.
        seconds: Longest time in all; the client's own time-outs are for each read.
        most_bytes: Largest body.
        request: What ``httpx.Client.stream`` takes.

    Raises:
        TooLargeAnswerError: the body is larger.
        httpx.HTTPError: there is no answer, or not in time.
    """
    end = time.monotonic() + seconds
    with client.stream(method, url, **request) as found:
        body = bytearray()
        # As it comes over the wire: what a server compresses could be far larger in memory.
        for part in found.iter_raw():
            body += part
            if len(body) > most_bytes:
                raise TooLargeAnswerError
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the answer takes too long", request=found.request)
        return found.status_code, bytes(body)
