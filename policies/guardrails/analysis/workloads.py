"""Pods of every kind that makes them, and their containers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrails.analysis.arguments import serves_vllm
from guardrails.engine.rule import Findings, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, require

_TEMPLATED: Final = {
    "apps/v1": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    "batch/v1": ("Job",),
    "core/v1": ("ReplicationController",),
    # Versions that the provider still has, though no cluster of today.
    "apps/v1beta1": ("Deployment", "StatefulSet"),
    "apps/v1beta2": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    "extensions/v1beta1": ("Deployment", "DaemonSet", "ReplicaSet"),
}
_VARIANTS: Final = ("", "Patch")


def _tokens(version: str, kind: str) -> list[str]:
    return [f"kubernetes:{version}:{kind}{variant}" for variant in _VARIANTS]


_POD: Final = frozenset(_tokens("core/v1", "Pod"))
_CRON: Final = frozenset(
    token for version in ("v1", "v1beta1", "v2alpha1") for token in _tokens(f"batch/{version}", "CronJob")
)
_TEMPLATES: Final = frozenset(
    token for version, kinds in _TEMPLATED.items() for kind in kinds for token in _tokens(version, kind)
)
_BARE: Final = frozenset(_tokens("core/v1", "PodTemplate"))
LEADER_WORKER: Final = frozenset(_tokens("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"))
_SCALED_JOB: Final = frozenset(_tokens("keda.sh/v1alpha1", "ScaledJob"))
POD_TYPES: Final = _POD | _CRON | _TEMPLATES | _BARE | LEADER_WORKER | _SCALED_JOB
WHOLE_PODS: Final = frozenset(token for token in POD_TYPES if not token.endswith("Patch"))
LONG_RUNNING: Final = frozenset({"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"})


_SEPARATORS: Final = re.compile(r"""[\s;&|()'"`\\]+""")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod's specification, its path in its resource, and the labels it gets."""

    where: str
    spec: Value
    labels: Value
    namespace: Value
    annotations: Value = None


def pods(subject: Subject) -> Iterator[Pod]:
    """The pods of a resource; none for a resource that makes none, and a Patch that leaves it alone."""
    props = subject.props
    if subject.type in LEADER_WORKER:
        for role in ("leaderTemplate", "workerTemplate"):
            yield from _templated(props, ("spec", "leaderWorkerTemplate", role))
        return
    if subject.type in _POD:
        yield Pod(
            where="spec",
            spec=props.get("spec"),
            labels=get_path(props, "metadata", "labels"),
            namespace=get_path(props, "metadata", "namespace"),
            annotations=get_path(props, "metadata", "annotations"),
        )
    elif subject.type in _CRON:
        yield from _templated(props, ("spec", "jobTemplate", "spec", "template"))
    elif subject.type in _SCALED_JOB:
        yield from _templated(props, ("spec", "jobTargetRef", "template"))
    elif subject.type in _BARE:
        yield from _templated(props, ("template",))
    else:
        yield from _templated(props, ("spec", "template"))


def _templated(props: Properties, path: tuple[str, ...]) -> Iterator[Pod]:
    template = get_path(props, *path)
    if template is not None:
        yield Pod(
            where=".".join((*path, "spec")),
            spec=get_path(template, "spec"),
            labels=get_path(template, "metadata", "labels"),
            namespace=get_path(props, "metadata", "namespace"),
            annotations=get_path(template, "metadata", "annotations"),
        )


def containers(pod: Pod, *kinds: str) -> Iterator[tuple[str, Value]]:
    """Every container with its path, init and ephemeral ones too, or those of some kinds; an unknown one as `UNKNOWN`."""
    if pod.spec is UNKNOWN:
        yield pod.where, UNKNOWN
        return
    if not isinstance(pod.spec, dict):
        return
    for key in kinds or ("initContainers", "containers", "ephemeralContainers"):
        value = pod.spec.get(key)
        if value is UNKNOWN:
            yield f"{pod.where}.{key}", UNKNOWN
            continue
        for index, item in enumerate(as_list(value)):
            name = item.get("name") if isinstance(item, dict) else None
            where = f"container {name}" if isinstance(name, str) else f"{pod.where}.{key}[{index}]"
            yield where, item


@dataclass(frozen=True, kw_only=True)
class Container:
    """One known container of a pod."""

    where: str
    pod: Pod
    props: Properties

    def value(self, *path: str) -> Value:
        """Return the property at a path of keys, None if there is none.

        Raises:
            UnknownPropertyError: it, or anything above it, is unknown.
        """
        return require(self.props, *path, of=f" of {self.where}")


def per_container(judge: Callable[[Subject, Container], Findings], *kinds: str) -> Callable[[Subject], Findings]:
    """Make a rule of one container a rule of all containers of a resource, or of those of some kinds.

    A container that is unknown, and one of which ``judge`` needs an unknown property, leaves the others judged.
    """

    def judged(subject: Subject) -> Findings:
        for pod in pods(subject):
            for where, props in containers(pod, *kinds):
                if isinstance(props, dict):
                    yield from guard(judge(subject, Container(where=where, pod=pod, props=props)))
                else:
                    yield Unknown(f"{where} is unknown")

    return judged


def words(container: Properties) -> list[Value]:
    """Command and arguments, one list; text inside a shell string is split too, without its quotes and separators."""
    found: list[Value] = []
    for key in ("command", "args"):
        for item in as_list(container.get(key)):
            found += [word for word in _SEPARATORS.split(item) if word] if isinstance(item, str) else [item]
    return found


def is_named_vllm(container: Properties) -> bool:
    """Whether a container's image or the beginning of its command names vLLM."""
    image = container.get("image")
    named = isinstance(image, str) and "vllm" in image.lower()
    return named or any(isinstance(word, str) and "vllm" in word.lower() for word in words(container)[:3])


def is_vllm(container: Properties) -> bool:
    """Whether a container serves vLLM, by its image, its command or its options."""
    return is_named_vllm(container) or serves_vllm(container)


def has_allow_list(container: Properties) -> bool:
    """Whether vLLM runs behind the path allow list."""
    texts = [word for word in words(container) if isinstance(word, str)]
    following = [texts[index + 1] for index, word in enumerate(texts[:-1]) if word == "--middleware"]
    given = [word.partition("=")[2] for word in texts if word.startswith("--middleware=")]
    return any("allow_list" in word.lower() or "allowlist" in word.lower() for word in (*following, *given))


def repository(image: str) -> str:
    """An image's name without tag and digest; a port of its registry stays."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"
