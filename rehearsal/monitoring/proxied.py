"""HTTP of a Service inside the cluster, through the API server's service proxy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError, NotFoundError


class ReadError(Exception):
    """What was requested cannot be read; the message has the reason and the fix."""


@dataclass(frozen=True)
class ProxiedService:
    """One Service of a cluster."""

    client: KubeClient
    namespace: str
    name: str
    port: int

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The JSON that it answers.

        Raises:
            ReadError: there is no such Service, none of its pods is ready, or it refuses.
        """
        where = f"/api/v1/namespaces/{self.namespace}/services/{self.name}:{self.port}/proxy{path}"
        try:
            answer = self.client.send("GET", where, params=dict(parameters or {}), content=None, headers={})
            return answer.json()
        except NotFoundError as error:
            raise ReadError(
                f"the cluster has no Service {self.namespace}/{self.name}: the stack was deployed without monitoring"
            ) from error
        except (KubeError, ValueError) as error:
            raise ReadError(f"{self.namespace}/{self.name}: {error}; see `rehearse status`") from error
