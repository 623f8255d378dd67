"""CPU, memory and disk that one replica requests: its share of the node it runs on, less what the node needs."""

import math
from dataclasses import dataclass

from planner.memory.host import POD_SHARE
from settings.derived.pool_types import vcpus_of_a_gpu
from settings.derived.streaming import buffers, pod_mib
from settings.models.pools import PoolFacts
from settings.models.services.vllm import TMP_GIB, VllmSettings

SHM_GIB_PER_GPU = 2
"""For the processes' messages and NCCL."""
MILLICORES = 1000


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Requests and limits of one replica."""

    gpus: int
    """GPUs."""
    cpu_millicores: int
    """CPU requested; not limited, a limit would throttle the tokenizer while cores idle."""
    memory_mib: int
    """Memory requested, and its limit; what is written to ``/dev/shm`` counts as memory."""
    shm_gib: int
    """Size of ``/dev/shm``, over which the GPUs' processes talk, and which holds an offloaded KV cache."""
    cache_gib: int
    """Size of the cache volume."""
    tmp_gib: int
    """Size of ``/tmp``."""

    @property
    def requests(self) -> dict[str, str]:
        """Requests as Kubernetes writes them."""
        return {
            "cpu": f"{self.cpu_millicores}m",
            "memory": f"{self.memory_mib}Mi",
            "ephemeral-storage": f"{self.cache_gib + self.tmp_gib}Gi",
            "nvidia.com/gpu": str(self.gpus),
        }

    @property
    def limits(self) -> dict[str, str]:
        """Limits as Kubernetes writes them."""
        return {"memory": f"{self.memory_mib}Mi", "nvidia.com/gpu": str(self.gpus)}


def sizing(service: VllmSettings, pool: PoolFacts) -> Sizing:
    """Requests and limits of a replica of ``service``: its share of a node, whichever of the pool's types that is."""
    return Sizing(
        gpus=service.gpus,
        cpu_millicores=int(vcpus_of_a_gpu(pool, service.gpus) * MILLICORES * POD_SHARE * service.gpus),
        memory_mib=pod_mib(service, pool),
        shm_gib=SHM_GIB_PER_GPU * service.gpus + math.ceil(buffers(service).shared_gib),
        cache_gib=service.cache_gib,
        tmp_gib=TMP_GIB,
    )
