"""Rules on how pods run vLLM: GPUs, probes, code from the model's repository."""

import re
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.arguments import Given, hidden, lines, options_of
from guardrails.analysis.config_files import options_in_files
from guardrails.analysis.workloads import (
    LONG_RUNNING,
    POD_TYPES,
    WHOLE_PODS,
    Container,
    Pod,
    containers,
    is_vllm,
    per_container,
    pods,
    words,
)
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, as_list, get_path, objects

_GPU: Final = re.compile(r"nvidia\.com/(gpu|mig-[\w.]+|gpu\.shared)")
# Labels of nodes with GPUs: of NVIDIA's feature discovery, of Karpenter and of EKS Auto Mode.
_GPU_LABEL: Final = re.compile(r"nvidia\.com/gpu(\..+)?|(karpenter\.k8s\.aws|eks\.amazonaws\.com)/instance-gpu-.+")


def _gpu_resources(_: Subject, container: Container) -> Findings:
    where, pod = container.where, container.pod
    values = (container.value("resources", "limits"), container.value("resources", "requests"))
    limits, requests = (value if isinstance(value, dict) else {} for value in values)
    limited = any(_GPU.fullmatch(key) for key in limits)
    # A GPU by dynamic resource allocation is claimed, and stands in no limit.
    claims = bool(as_list(container.value("resources", "claims")))
    if not limited and any(_GPU.fullmatch(key) for key in requests):
        yield Finding(f"{where} requests a GPU without a limit")
    elif not limited and not claims and _selects_gpu(pod) and is_vllm(container.props) and not _has_gpu(pod):
        yield Finding(f"{where} runs on a GPU node without an nvidia.com/gpu limit")
    if limited and "memory" not in requests and "memory" not in limits:
        yield Finding(f"{where} has a GPU and no memory request")


def _selects_gpu(pod: Pod) -> bool:
    """Whether a pod is meant for nodes with GPUs: it tolerates their taint, or selects their labels."""
    tolerated = any(item.get("key") == "nvidia.com/gpu" for item in objects(get_path(pod.spec, "tolerations")))
    labels = get_path(pod.spec, "nodeSelector")
    return tolerated or (isinstance(labels, dict) and any(_GPU_LABEL.fullmatch(key) for key in labels))


def _has_gpu(pod: Pod) -> bool:
    """Whether some container of the pod has a GPU, so that another one with vLLM's image prepares for it."""
    given = [get_path(container, "resources") for _, container in containers(pod)]
    limits = [get_path(one, "limits") for one in given]
    return any(as_list(get_path(one, "claims")) for one in given) or any(
        _GPU.fullmatch(key) for limit in limits if isinstance(limit, dict) for key in limit
    )


def _probes(subject: Subject) -> Findings:
    for pod in pods(subject):
        for where, props in containers(pod, "containers"):
            if isinstance(props, dict) and is_vllm(props):
                for probe in ("startupProbe", "readinessProbe"):
                    yield from guard(_probe(Container(where=where, pod=pod, props=props), probe))


def _probe(container: Container, probe: str) -> Findings:
    if container.value(probe) is None:
        yield Finding(f"{container.where} has no {probe}")


def _remote_code(subject: Subject, container: Container) -> Findings:
    texts = [word for word in words(container.props) if isinstance(word, str)]
    files = list(options_in_files(container))
    given = [(one, line.serves) for line in lines(container.props) for one in options_of(line)]
    given += [(one, True) for one in files if one]
    flagged = any(
        "trust-remote-code" in one.names
        and str(one.value).lower() not in {"false", "0"}
        and (serves or one.plain == "trust-remote-code")
        for one, serves in given
    )
    models = {*texts, *(one.value for one in files if one and "model" in one.names and isinstance(one.value, str))}
    if flagged and not models & set(subject.config["models"]):
        yield Finding(f"{container.where} has --trust-remote-code for a model that is not listed")
    if any(word is UNKNOWN for word in words(container.props)):
        yield Unknown(f"arguments of {container.where} are unknown")
    if not flagged:
        yield from _hidden_options(container, files)


def _hidden_options(container: Container, files: list[Given | None]) -> Findings:
    for word in hidden(container.props):
        yield Unknown(f"{word} among the arguments of {container.where} is known in the container only")
    if None in files:
        yield Unknown(f"the options in the file of --config of {container.where} are unknown")


RULES: Final = (
    Rule(
        id="gpu-resources",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a GPU container without a GPU limit or a memory request",
        why="Without the limit it gets no GPU or all of them; without the request the node runs out of memory.",
        fix="set limits nvidia.com/gpu and requests memory",
        benchmarks="kyverno check-nvidia-gpu, require-pod-requests-limits, CKV_K8S_10-13",
        types=WHOLE_PODS,
        judge=per_container(_gpu_resources),
    ),
    Rule(
        id="vllm-probes",
        family="pods",
        level=EnforcementLevel.ADVISORY,
        blocks="vLLM without a startup and a readiness probe",
        why="Loading takes minutes: a liveness probe alone kills it, no readiness probe sends it requests too early.",
        fix="add startupProbe and readinessProbe on /health",
        benchmarks="kyverno require-probes, CKV_K8S_8, CKV_K8S_9",
        types=LONG_RUNNING,
        judge=_probes,
    ),
    Rule(
        id="trust-remote-code",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="--trust-remote-code for a model that is not listed",
        why="It runs Python from the model's repository on your node.",
        fix="omit it, or put the reviewed model on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=per_container(_remote_code),
        settings={
            "models": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Reviewed models."}
        },
    ),
)
