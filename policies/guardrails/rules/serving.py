"""Rules on how pods run vLLM: GPUs, probes, code from the model's repository, secrets."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.arguments import lines, options_of
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
from guardrails.engine.values import UNKNOWN, Properties, Value, get_path, known_items, objects

_GPU: Final = re.compile(r"nvidia\.com/(gpu|mig-[\w.]+|gpu\.shared)")


def _gpu_resources(_: Subject, container: Container) -> Findings:
    where, pod = container.where, container.pod
    selects_gpu = any(item.get("key") == "nvidia.com/gpu" for item in objects(get_path(pod.spec, "tolerations")))
    values = (container.value("resources", "limits"), container.value("resources", "requests"))
    limits, requests = (value if isinstance(value, dict) else {} for value in values)
    limited = any(_GPU.fullmatch(key) for key in limits)
    if not limited and any(_GPU.fullmatch(key) for key in requests):
        yield Finding(f"{where} requests a GPU without a limit")
    elif not limited and selects_gpu and is_vllm(container.props) and not _has_gpu(pod):
        yield Finding(f"{where} runs on a GPU node without an nvidia.com/gpu limit")
    if limited and "memory" not in requests and "memory" not in limits:
        yield Finding(f"{where} has a GPU and no memory request")


def _has_gpu(pod: Pod) -> bool:
    """Whether some container of the pod has a GPU, so that another one with vLLM's image prepares for it."""
    limits = [get_path(container, "resources", "limits") for _, container in containers(pod)]
    return any(_GPU.fullmatch(key) for limit in limits if isinstance(limit, dict) for key in limit)


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
    flagged = any(
        "trust-remote-code" in given.names and given.value not in {False, "false", "0"}
        for line in lines(container.props)
        for given in options_of(line)
        if line.serves or given.plain == "trust-remote-code"
    )
    if flagged and not set(texts) & set(subject.config["models"]):
        yield Finding(f"{container.where} has --trust-remote-code for a model that is not listed")
    if any(word is UNKNOWN for word in words(container.props)):
        yield Unknown(f"arguments of {container.where} are unknown")


_SECRET_NAME: Final = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(_|$)", re.IGNORECASE
)
# What is named like a secret and is none: its name, its file, how many of it.
_ABOUT_ONE: Final = re.compile(
    r"(NAME|FILE|PATH|DIR|URL|URI|ENDPOINT|ARN|TYPE|VERSION|LIMIT|COUNT|SIZE|TTL|EXPIR\w*)$", re.IGNORECASE
)
_HUB_TOKEN: Final = re.compile(r"hf_[A-Za-z0-9]{30,}")


def _named_secret(name: str) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_")
    return bool(_SECRET_NAME.search(snake)) and not _ABOUT_ONE.search(snake)


def _literal(value: Value) -> bool:
    """Whether a value stands there itself: not a file, a number, or another variable."""
    return value is UNKNOWN or (
        isinstance(value, str) and bool(value) and not value.startswith(("/", "$")) and not value.isdecimal()
    )


def _secret_env(_: Subject, container: Container) -> Findings:
    where = container.where
    if any(_literal(value) for value in _values(container.props, "--api-key")):
        yield Finding(f"{where}: --api-key is given as plain text")
    for variable in known_items(container.value("env"), f"a variable of {where}"):
        name, value = variable.get("name"), variable.get("value")
        is_token = isinstance(value, str) and _HUB_TOKEN.search(value)
        if is_token or (_named_secret(str(name)) and _literal(value)):
            yield Finding(f"{where}: {name} is given as plain text")


def _values(container: Properties, option: str) -> Iterator[Value]:
    said = words(container)
    for word, following in pairwise([*said, None]):
        if word == option:
            yield following
        elif isinstance(word, str) and word.startswith(f"{option}="):
            yield word.partition("=")[2]


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
    Rule(
        id="secret-env",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a secret as plain text in a container's environment or arguments",
        why="Every user who may read a Deployment reads it.",
        fix="put it into a Secret and use valueFrom.secretKeyRef",
        benchmarks="CIS 4.4.1, CKV_K8S_35, kyverno disallow-secrets-from-env-vars",
        types=POD_TYPES,
        judge=per_container(_secret_env),
    ),
)
