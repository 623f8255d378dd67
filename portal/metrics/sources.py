"""Where metrics are read: Prometheus in the cluster, through the API server's proxy, or a workspace of Amazon's, with SigV4."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from portal import aws_sessions, bounded
from portal.bounded import TooLargeAnswerError
from portal.clusters.reader import ProxiedError, TooLargeProxiedError
from portal.clusters.readers import Readers
from portal.metrics.answers import AwayError, MetricsError, data
from portal.platforms import Monitoring
from settings.derived.monitoring.names import PROMETHEUS, PROMETHEUS_PORT
from workspace.kubeconfig import ClusterError

SERVICE: Final = f"{PROMETHEUS}:{PROMETHEUS_PORT}"
"""Name and port of its Service, and the name that RBAC calls its proxy by."""
ALERTS: Final = "alerts"
"""Path of the alerts in its API."""
MOST_BYTES: Final = 1024 * 1024
"""Largest answer; a day of a service is some 40 KiB."""
MOST_ALERT_BYTES: Final = 16 * 1024 * 1024
"""Largest answer with alerts, of which each has some 800 bytes: in a storm of them those of every service are in one answer."""
_AMP_SECONDS: Final = 4.0
_FORBIDDEN, _NOT_FOUND, _AWAY = 403, 404, 503
_SIGNED_NAME: Final = "aps"
"""Amazon Managed Service for Prometheus, as SigV4 calls it:
https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-compatible-APIs.html."""


class ClusterPrometheus:
    """Prometheus in a platform's cluster."""

    def __init__(self, readers: Readers) -> None:
        """Send requests through ``readers``."""
        self._readers = readers

    def get(self, where: Monitoring, path: str, query: Mapping[str, str]) -> Any:
        """Return ``data`` of what its API answers.

        Args:
            where: The platform.
            path: Below ``/api/v1/``.
            query: Parameters.

        Raises:
            AwayError: it does not answer, or refuses.
            MetricsError: it does not answer as it should.
        """
        place = f"/api/v1/namespaces/{where.namespace}/services/{SERVICE}/proxy/api/v1/{path}"
        most = MOST_ALERT_BYTES if path == ALERTS else MOST_BYTES
        try:
            status, body = self._readers.reading(
                where.platform, lambda reader: reader.proxied(place, "Prometheus", query, most_bytes=most)
            )
        except TooLargeProxiedError as error:
            raise MetricsError(str(error)) from None  # of this query only
        except (ClusterError, ProxiedError) as error:
            raise AwayError(str(error)) from None
        if status == _FORBIDDEN:
            raise AwayError(
                f"the portal may not use the proxy of the Service {where.namespace}/{PROMETHEUS}: its role in the cluster "
                f"needs get on services/proxy for {SERVICE}"
            )
        if status == _NOT_FOUND:
            raise AwayError(f"the cluster has no Service {where.namespace}/{PROMETHEUS}")
        if status == _AWAY:
            raise AwayError("Prometheus is not ready: it starts, or its pod has no node")
        return data(body, status)


class ManagedPrometheus:
    """Workspaces of Amazon Managed Service for Prometheus."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Connect to nothing yet; ``environment`` is that of ``aws_sessions.session``."""
        self._environment = environment
        self._sessions: dict[Monitoring, Any] = {}
        self._client = httpx.Client(timeout=_AMP_SECONDS, trust_env=False)

    def get(self, where: Monitoring, path: str, query: Mapping[str, str]) -> Any:
        """Return ``data`` of what a workspace answers; arguments and errors as ``ClusterPrometheus.get``."""
        url = f"{_base(where.query_url or '')}/api/v1/{path}"
        try:
            status, body = bounded.answer(
                self._client,
                "POST",
                url,
                seconds=_AMP_SECONDS,
                most_bytes=MOST_BYTES,
                **self._signed(where, url, query),
            )
        except httpx.TimeoutException:
            raise AwayError(f"the workspace did not answer in {_AMP_SECONDS:.0f} s") from None
        except TooLargeAnswerError:
            raise MetricsError(f"the workspace answered more than {MOST_BYTES // 1024} KiB") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AwayError(f"the workspace cannot be reached from the portal ({type(error).__name__})") from None
        except (BotoCoreError, ClientError) as error:
            raise AwayError(f"no credentials for the workspace ({type(error).__name__})") from None
        if status == _FORBIDDEN:
            raise AwayError("the portal may not query the workspace: its role needs aps:QueryMetrics")
        return data(body, status)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _signed(self, where: Monitoring, url: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Body and headers of a request. As a form: what is signed is then what is sent, byte by byte."""
        if where not in self._sessions:
            config = Config(connect_timeout=_AMP_SECONDS, read_timeout=_AMP_SECONDS, retries={"total_max_attempts": 1})
            self._sessions[where] = aws_sessions.session(self._environment, where.role, where.region, config)
        credentials = self._sessions[where].get_credentials()
        if credentials is None:
            raise NoCredentialsError
        body = urlencode(query).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}
        request = AWSRequest(method="POST", url=url, data=body, headers=headers)
        SigV4Auth(credentials.get_frozen_credentials(), _SIGNED_NAME, where.region).add_auth(request)
        return {"content": body, "headers": dict(request.headers)}


def _base(url: str) -> str:
    """The address of a workspace, of its query API or of one of its queries."""
    return url.removesuffix("/").removesuffix("/query").removesuffix("/api/v1")
