"""How long starts took that others published, in pieces: what a simulated start takes. No figure is the planner's.

Where none was published of a GPU, that of the L4 is taken, the slowest of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_EKS = "https://docs.aws.amazon.com/eks/latest/userguide/ml-fast-model-loading.html"
_PRACTITIONER = (
    "https://github.com/chrismld/ai-on-eks-demos/blob/be1dcd1d8b64d14319ab6c5498cdf7a0690484fa/"
    "demos/vllm-autoscaling/docs/INFERENCE-ON-EKS.md"
)
_VLLM = "https://github.com/vllm-project/vllm/issues/"


@dataclass(frozen=True)
class Published:
    """One figure: seconds, or bytes a second, and where it was read."""

    value: float
    source: str


NODE_SECONDS = Published(45, f"{_PRACTITIONER}: Karpenter, until the node is there")
PULL_SECONDS = Published(48, f"{_EKS}: vLLM's image of 8.8 GB on a g6e.4xlarge, pulled in parallel")
INIT_SECONDS = Published(
    33, f"{_EKS}: 86 s until the pod was ready, less the pull and 5.0 s of weights, without compiling"
)
BUCKET_BYTES = Published(750 * 1024**2, f"{_PRACTITIONER}: streaming from S3")
HUB_BYTES = Published(14.5e9 / 150, f"{_PRACTITIONER}: 2 to 3 minutes for 14 GB in 16 bits")
COMPILE_SECONDS: Mapping[str, Published] = MappingProxyType(
    {
        "H100": Published(19, f"{_VLLM}11005: an 8B"),
        "L4": Published(66, f"{_VLLM}11078: an 8B"),
    }
)
CACHED_SECONDS = Published(6, f"{_EKS}: torch.compile of a model of 60 GB from its cache, 53 s without")
GRAPH_SECONDS = Published(23, f"{_VLLM}20264: an 8B, the slower of 15 and 23")


@dataclass(frozen=True, kw_only=True)
class Start:
    """Seconds of the pieces of an engine's start."""

    init: float
    weights: float
    compile: float
    graphs: float


def start_of(weights_bytes: float, gpu: str, *, from_bucket: bool, eager: bool, compiled_before: bool = False) -> Start:
    """The pieces of one start, in seconds before the factor on time.

    Args:
        weights_bytes: Size of the weights.
        gpu: Such as ``L40S``.
        from_bucket: Whether the weights are streamed from S3; else they come from the Hub.
        eager: Whether nothing is compiled and captured.
        compiled_before: Whether an equal engine's code is in the cache.
    """
    rate = BUCKET_BYTES if from_bucket else HUB_BYTES
    compiling = CACHED_SECONDS if compiled_before else COMPILE_SECONDS.get(gpu, COMPILE_SECONDS["L4"])
    return Start(
        init=INIT_SECONDS.value,
        weights=weights_bytes / rate.value,
        compile=0.0 if eager else compiling.value,
        graphs=0.0 if eager else GRAPH_SECONDS.value,
    )
