"""Envoy's admin interface, as far as the policy uses it."""

import re

import httpx

ACTIVE = "http.api.downstream_rq_active"
DECIDED = "cluster.policy.upstream_rq_total"
_STATS = re.compile(r"^(\S+): (\d+)$", re.MULTILINE)
SHOWN = (
    r"^(server\.(live|uptime|memory_allocated|memory_heap_size|days_until_first_cert_expiring)"
    r"|http\.[^.]+\.downstream_(cx_active|cx_total|rq_active|rq_total|rq_[1-5]xx)"
    r"|cluster\.[^.]+\.(membership_healthy|membership_total|upstream_cx_connect_fail|upstream_rq_active|upstream_rq_[1-5]xx)"
    r"|cluster\.[^.]+\.upstream_rq_(pending_overflow|retry|timeout)"
    r"|overload\..+)$"
)
"""Envoy's own names of the stats that monitoring keeps: some ten of a cluster's hundred. All of them are 17 KB for each idle
service, so that an answer for a thousand services is above the limit of a scrape."""


class EnvoyAdmin:
    """The interface on a loopback port."""

    def __init__(self, port: int) -> None:
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=5)

    async def fail_readiness(self) -> None:
        """Let the readiness path answer 503.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        (await self._client.post("/healthcheck/fail")).raise_for_status()

    async def drain_listeners(self) -> None:
        """Have clients close their connections, and go on serving.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        (await self._client.post("/drain_listeners?graceful&skip_exit")).raise_for_status()

    async def reopen_logs(self) -> None:
        """Open the access log again by its name, which a rotation has given to a new file.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        (await self._client.post("/reopen_logs")).raise_for_status()

    async def stats(self, *names: str) -> dict[str, int]:
        """Counters and gauges by name.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        pattern = "^(" + "|".join(re.escape(name) for name in names) + ")$"
        answer = await self._client.get("/stats", params={"filter": pattern})
        answer.raise_for_status()
        return {name: int(value) for name, value in _STATS.findall(answer.text)}

    async def uptime(self) -> float:
        """Seconds since Envoy's start, a difference of whole ones: up to one too many.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        answer = await self._client.get("/server_info")
        answer.raise_for_status()
        return float(answer.json()["uptime_current_epoch"].removesuffix("s"))

    async def prometheus(self) -> str:
        """Envoy's metrics that monitoring keeps, in Prometheus' text format.

        Raises:
            httpx.HTTPError: Envoy does not answer.
        """
        answer = await self._client.get("/stats/prometheus", params={"filter": SHOWN})
        answer.raise_for_status()
        return answer.text
