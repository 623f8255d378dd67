"""What of a stack decides which charts and images it deploys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.models.pools import Pool, has_karpenter
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings
from settings.models.services.vllm import VllmSettings


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The pools and services of a stack."""

    platform: bool
    """Whether it has a cluster of its own."""
    pools: Mapping[str, Pool] = field(default_factory=dict)
    """Its pools by name; none of a team stack."""
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    """Its services by name."""
    gateway: bool = False
    """Whether it has a gateway of its own."""
    monitoring: bool = False
    """Whether it has monitoring of its own."""
    grafana: bool = False
    """Whether that has Grafana."""
    keda: bool = False
    """Whether it has KEDA."""

    @property
    def gpu_nodes(self) -> bool:
        """Whether it has nodes with GPUs."""
        return any(pool.kind == "gpu" for pool in self.pools.values())

    @property
    def karpenter(self) -> bool:
        """Whether Karpenter launches nodes of it."""
        return has_karpenter(self.pools)

    @property
    def images(self) -> Mapping[str, str]:
        """The image of each service's server, by the service's name."""
        return {
            name: one.image for name, one in self.services.items() if isinstance(one, VllmSettings | OllamaSettings)
        }

    @property
    def scripts(self) -> bool:
        """Whether a pod of it runs Python of the program: the gateway's policy, what Grafana starts with, what fills an Ollama
        volume, copies weights into the bucket, measures a service, or has its compile cache.
        """
        return (
            self.gateway
            or self.grafana
            or any(
                isinstance(one, OllamaSettings)
                or one.copied_into_bucket
                or one.benchmark
                or (isinstance(one, VllmSettings) and one.has_compile_cache)
                for one in self.services.values()
            )
        )
