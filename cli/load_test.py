"""``llm-platform load-test``: chat completions at a fixed concurrency, and how many succeeded."""

import http.client
import json
import os
import statistics
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import typer

from cli.console import KEY_VARIABLE, OUT, ExitCode, UsageError

PROMPT = "Write two sentences about load balancers. Number {number}."


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What became of one request."""

    seconds: float
    """From sending it to the end of the answer."""
    tokens: int = 0
    """Tokens of the answer."""
    error: str = ""
    """Why it failed; empty where it succeeded."""


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """All requests of a test."""

    replies: Sequence[Reply]
    """One for each request."""
    seconds: float
    """From the first request to the last answer."""

    @property
    def succeeded(self) -> int:
        """Requests with a complete answer."""
        return sum(not reply.error for reply in self.replies)

    @property
    def errors(self) -> Counter[str]:
        """How often each error occurred."""
        return Counter(reply.error for reply in self.replies if reply.error)

    @property
    def tokens_per_second(self) -> float:
        """Tokens of all answers over the whole time."""
        return sum(reply.tokens for reply in self.replies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Seconds within which that share of the answers was complete; 0 where there was none."""
        times = sorted(reply.seconds for reply in self.replies if not reply.error)
        if len(times) < 2:
            return times[0] if times else 0.0
        return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def run_load(
    url: str,
    model: str,
    *,
    requests: int,
    concurrency: int,
    timeout: float,
    max_tokens: int = 64,
    api_key: str = "",
) -> LoadResult:
    """Send chat completions, ``concurrency`` of them at a time.

    Args:
        url: The service's address, without a path.
        model: Name that its clients send.
        requests: How many to send.
        concurrency: How many are under way at once.
        timeout: Seconds after which a client gives a request up.
        max_tokens: Longest answer.
        api_key: Bearer token; none is sent where it is empty.
    """
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})

    def send(number: int) -> Reply:
        messages = [{"role": "user", "content": PROMPT.format(number=number)}]
        body = json.dumps({"model": model, "messages": messages, "max_tokens": max_tokens}).encode()
        request = urllib.request.Request(f"{url}/v1/chat/completions", data=body, headers=headers)  # noqa: S310
        start = time.monotonic()
        try:
            with _OPENER.open(request, timeout=timeout) as response:
                answer = json.load(response)
            tokens = int(answer["usage"]["completion_tokens"])
            if not answer["choices"][0]["message"]["content"]:
                return Reply(seconds=time.monotonic() - start, error="an empty answer")
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            return Reply(seconds=time.monotonic() - start, error=_reason(error, timeout))
        return Reply(seconds=time.monotonic() - start, tokens=tokens)

    start = time.monotonic()
    with ThreadPoolExecutor(concurrency) as pool:
        replies = list(pool.map(send, range(requests)))
    return LoadResult(replies=replies, seconds=time.monotonic() - start)


def load_test(
    url: Annotated[str, typer.Argument(help="Address of the service, such as the stack's output NAME_url.")],
    model: Annotated[str, typer.Option(help="Name that clients send as `model`.")],
    requests: Annotated[int, typer.Option(min=1, help="Requests to send.")] = 100,
    concurrency: Annotated[int, typer.Option(min=1, max=500, help="Requests under way at once.")] = 10,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds after which a request is given up.")] = 300,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 64,
) -> None:
    """Send chat completions at a fixed concurrency; exit 1 unless all succeed. A key is read from LLM_API_KEY."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is not an address: write it like http://HOST or https://HOST")
    result = run_load(
        url.rstrip("/"),
        model,
        requests=requests,
        concurrency=concurrency,
        timeout=timeout,
        max_tokens=max_tokens,
        api_key=os.environ.get(KEY_VARIABLE, ""),
    )
    OUT.print(
        f"{result.succeeded} of {requests} requests succeeded, {concurrency} at a time, in {result.seconds:.1f} s",
        markup=False,
    )
    if result.succeeded:
        OUT.print(
            f"seconds for an answer: median {result.percentile(50):.1f}, 95th percentile {result.percentile(95):.1f}\n"
            f"tokens a second: {result.tokens_per_second:.1f}",
            markup=False,
        )
    for error, count in result.errors.most_common():
        OUT.print(f"{count} x {error}", markup=False)
    if result.succeeded < requests:
        raise typer.Exit(ExitCode.REFUSED)


# Proxies of the shell are for other traffic: the endpoint is inside the network.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _reason(error: Exception, timeout: float) -> str:
    """One line for an error, the same for the same cause."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(200).decode(errors='replace').strip()}"
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"no answer within {timeout:g} s: raise --timeout, or add replicas, parallel slots or CPUs"
    return f"{type(reason).__name__}: {reason}"
