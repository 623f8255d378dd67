"""Metrics of requests: time to the first byte, by route."""

import time

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10)


class RequestMetrics:
    """The portal's own metrics."""

    def __init__(self) -> None:
        """Begin at nothing; each app has a registry of its own."""
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "portal_request_seconds",
            "Time to the first byte of the answer",
            ["method", "route", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )


class MetricsMiddleware:
    """ASGI middleware that measures every request."""

    def __init__(self, app: ASGIApp, measures: RequestMetrics) -> None:
        """Stand before ``app``."""
        self._app = app
        self._seconds = measures.seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long its answer took to begin."""
        began = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                labels = (scope["method"], route, str(message["status"]))
                self._seconds.labels(*labels).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_timed if scope["type"] == "http" else send)
