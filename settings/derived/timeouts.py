"""The one formula behind probes, deadlines and timeouts of a service: how long its start may take.

:func:`service_timing` is what everything asks: ``expected`` is the slow end of what a first start takes, ``startup`` what
the startup probe allows it.
"""

import math
from dataclasses import dataclass

from planner.catalog.gpus import GpuMemory, gpu_of
from planner.catalog.models import known_model
from planner.coldstart.engine import HUB_GIB_PER_SECOND, StartModel, StartUp, model_by_name, model_of_shape, start_up
from planner.model.quantization import UnknownQuantizationError, of_method
from settings.derived.shutdown import GRACE_SECONDS
from settings.derived.streaming import reads_once
from settings.models.pools import PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings

MARGIN = 1.5
"""The allowance over the expected seconds: too long a probe costs nothing, since an engine that fails ends by itself."""
LEAST_STARTUP_SECONDS = 600
"""A first start of 525 s with kernels that were compiled on the spot was published for a small model."""
MIRROR_UPLOAD_GIB_PER_SECOND = 0.8
HUB_WINDOWS_SECONDS = 900
"""Three of the Hub's five-minute windows: https://huggingface.co/docs/hub/rate-limits."""
NODE_AND_IMAGE_SECONDS = 900
"""A new node (2 to 4 minutes) and the pull of a 10 GB image through a NAT gateway (3 to 5 minutes), and half as much."""
REGISTRATION_SECONDS = 900
"""After which Karpenter deletes a node that has not joined the cluster and launches another (kubernetes-sigs/karpenter,
``pkg/controllers/nodeclaim/lifecycle/liveness.go``); a node that joins takes 70 to 100 s (aws/karpenter-provider-aws#6128,
#3102) of the node's part of ``NODE_AND_IMAGE_SECONDS``."""
LOAD_BALANCER_SECONDS = 180
"""Until the load balancer sends a new pod requests, which its readiness gate waits for: one to three minutes."""
PULUMI_MARGIN_SECONDS = 300
KEEP_SECONDS = 300
"""To pack what an engine compiled and to put it into the bucket: at most 4 GiB."""
PROBE_PERIOD_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Every wait of one service, in seconds; each is longer than the one inside it."""

    expected: int
    """What a first start takes, at the slow end: what drains and rollouts are planned with."""
    startup: int
    """What the startup probe allows: engine start and loading of the weights."""
    mirror: int
    """Download from the Hub and upload to the bucket: what the mirror Job may take."""
    node: int = NODE_AND_IMAGE_SECONDS
    """Until a new node is there with the image."""

    @property
    def startup_failure_threshold(self) -> int:
        """Failures of the startup probe, one each ``PROBE_PERIOD_SECONDS``, before the kubelet restarts the container."""
        return math.ceil(self.startup / PROBE_PERIOD_SECONDS)

    @property
    def progress_deadline(self) -> int:
        """A Deployment's ``progressDeadlineSeconds``, counted again for each replica that becomes ready.

        The end of an old pod, a new node and the image's pull come before the start, the load balancer's gate after it.
        """
        return self.startup + self.node + GRACE_SECONDS + LOAD_BALANCER_SECONDS

    @property
    def pulumi_timeout(self) -> str:
        """Pulumi's ``custom_timeouts`` for the Deployment's create; its own 10 minutes would end a 70B's start."""
        return f"{self.progress_deadline + PULUMI_MARGIN_SECONDS}s"

    def pulumi_rollout_timeout(self, replicas: int) -> str:
        """``custom_timeouts`` for an update: a rollout replaces one replica after the other."""
        return f"{replicas * self.progress_deadline + PULUMI_MARGIN_SECONDS}s"

    @property
    def mirror_deadline(self) -> int:
        """The mirror Job's ``activeDeadlineSeconds``."""
        return self.mirror + NODE_AND_IMAGE_SECONDS

    @property
    def warm_up_deadline(self) -> int:
        """``activeDeadlineSeconds`` of the Job that fills the compile cache: a node, one start of the engine, and the upload."""
        return self.node + self.startup + KEEP_SECONDS

    @property
    def mirror_pulumi_timeout(self) -> str:
        """Pulumi's ``custom_timeouts`` for the mirror Job."""
        return f"{self.mirror_deadline + PULUMI_MARGIN_SECONDS}s"


def service_timing(service: VllmSettings, pool: PoolFacts) -> Timing:
    """How long a service may take on its pool.

    Raises:
        LookupError: the size of its weights is neither stated nor known; settings with this mistake are refused before.
    """
    return timing(
        service_start(service, pool),
        size_gib=service.weights_gib,
        raised_to=service.startup_seconds,
        node=node_seconds(pool),
    )


def node_seconds(pool: PoolFacts) -> int:
    """Seconds until a new node of a pool is there with the image; where Karpenter launches it, a first one may fail."""
    return NODE_AND_IMAGE_SECONDS + (REGISTRATION_SECONDS if pool.provisioner == "karpenter" else 0)


def timing(
    start: StartUp, *, size_gib: float, raised_to: int | None = None, node: int = NODE_AND_IMAGE_SECONDS
) -> Timing:
    """How long a service may take.

    Args:
        start: What its start takes, by cause.
        size_gib: Its weights in GiB.
        raised_to: The service's own ``startup_seconds``; it counts where it is more than the computed allowance.
        node: Seconds until a new node is there with the image.
    """
    copied = size_gib / HUB_GIB_PER_SECOND + size_gib / MIRROR_UPLOAD_GIB_PER_SECOND
    return Timing(
        expected=start.seconds,
        startup=startup_allowance(start.seconds, raised_to),
        mirror=math.ceil(copied) + HUB_WINDOWS_SECONDS,
        node=node,
    )


def startup_allowance(expected: int, raised_to: int | None) -> int:
    """Seconds that the startup probe allows a start of ``expected`` seconds, raised by the service's ``startup_seconds``."""
    return max(LEAST_STARTUP_SECONDS, math.ceil(MARGIN * expected), raised_to or 0)


def service_start(service: VllmSettings, pool: PoolFacts) -> StartUp:
    """What makes a service's start slow on its pool, in seconds.

    Raises:
        LookupError: the size of its weights is neither stated nor known.
    """
    from_bucket = isinstance(service.weights, BucketWeights)
    return start_up(
        start_model(service),
        _gpu(pool),
        size_gib=service.weights_gib,
        from_bucket=from_bucket,
        workers=service.gpus,
        read_once=reads_once(service, pool),
        eager=service.args.get("enforce-eager") is True,
    )


def start_model(service: VllmSettings) -> StartModel:
    """What of a service's model makes its start slow; its name and size decide where the planner does not know it."""
    known = known_model(service.model)
    if known is None:
        return model_by_name(service.model, service.weights_gib, service.weight_bits)
    quantization = known.shape.quantization
    if service.quantization and not quantization.method:
        try:
            quantization = of_method(service.quantization)
        except UnknownQuantizationError:
            quantization = known.shape.quantization
    return model_of_shape(known.shape, quantization)


def _gpu(pool: PoolFacts) -> GpuMemory:
    """The pool's GPU; all its types have the same."""
    return gpu_of(next(machine for machine in pool.machines if machine.gpu))
