"""Rules on how pods run vLLM: GPUs, probes, code from the model's repository, secrets."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.arguments import lines, options_of
from guardrails.analysis.workloads import LONG_RUNNING, POD_TYPES, WHOLE_PODS, Pod, containers, is_vllm, pods, words
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path

_GPU: Final = re.compile(r"nvidia\.com/(gpu|mig-[\w.]+|gpu\.shared)")


def _gpu_resources(subject: Subject) -> Findings:
    for pod in pods(subject):
        selects_gpu = any(
            isinstance(item, dict) and item.get("key") == "nvidia.com/gpu"
            for item in as_list(get_path(pod.spec, "tolerations"))
        )
        for where, container in containers(pod):
            if not isinstance(container, dict):
                yield Unknown(f"{where} is unknown")
                continue
            limits, requests = get_path(container, "resources", "limits"), get_path(container, "resources", "requests")
            if limits is UNKNOWN or requests is UNKNOWN:
                yield Unknown(f"resources of {where} are unknown")
                continue
            limits, requests = (value if isinstance(value, dict) else {} for value in (limits, requests))
            limited = any(_GPU.fullmatch(key) for key in limits)
            if not limited and any(_GPU.fullmatch(key) for key in requests):
                yield Finding(f"{where} requests a GPU without a limit")
            elif not limited and selects_gpu and is_vllm(container) and not _has_gpu(pod):
                yield Finding(f"{where} runs on a GPU node without an nvidia.com/gpu limit")
            if limited and "memory" not in requests and "memory" not in limits:
                yield Finding(f"{where} has a GPU and no memory request")


def _has_gpu(pod: Pod) -> bool:
    """Whether some container of the pod has a GPU, so that another one with vLLM's image prepares for it."""
    limits = [get_path(container, "resources", "limits") for _, container in containers(pod)]
    return any(_GPU.fullmatch(key) for limit in limits if isinstance(limit, dict) for key in limit)


def _probes(subject: Subject) -> Findings:
    for pod in pods(subject):
        for where, container in containers(pod, "containers"):
            if isinstance(container, dict) and is_vllm(container):
                for probe in ("startupProbe", "readinessProbe"):
                    if container.get(probe) is UNKNOWN:
                        yield Unknown(f"{probe} of {where} is unknown")
                    elif container.get(probe) is None:
                        yield Finding(f"{where} has no {probe}")


def _remote_code(subject: Subject) -> Findings:
    for pod in pods(subject):
        for where, container in containers(pod):
            if not isinstance(container, dict):
                yield Unknown(f"{where} is unknown")
                continue
            said = words(container)
            if any(word is UNKNOWN for word in said):
                yield Unknown(f"arguments of {where} are unknown")
            texts = [word for word in said if isinstance(word, str)]
            flagged = any(
                "trust-remote-code" in given.names and given.value not in {False, "false", "0"}
                for line in lines(container)
                for given in options_of(line)
                if line.serves or given.plain == "trust-remote-code"
            )
            if flagged and not set(texts) & set(subject.config["models"]):
                yield Finding(f"{where} has --trust-remote-code for a model that is not listed")


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


def _secret_env(subject: Subject) -> Findings:
    for pod in pods(subject):
        for where, container in containers(pod):
            variables = container.get("env") if isinstance(container, dict) else UNKNOWN
            if variables is UNKNOWN:
                yield Unknown(f"env of {where} is unknown")
            for variable in as_list(variables) if variables is not UNKNOWN else ():
                if not isinstance(variable, dict):
                    yield Unknown(f"a variable of {where} is unknown")
                    continue
                value = variable.get("value")
                told = isinstance(value, str) and _HUB_TOKEN.search(value)
                if told or (_named_secret(str(variable.get("name"))) and _literal(value)):
                    yield Finding(f"{where}: {variable.get('name')} is given as plain text")
            if isinstance(container, dict) and any(_literal(value) for value in _values(container, "--api-key")):
                yield Finding(f"{where}: --api-key is given as plain text")


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
        judge=_gpu_resources,
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
        fix="leave it out, or put the reviewed model on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=_remote_code,
        settings={
            "models": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Reviewed models."}
        },
    ),
    Rule(
        id="secret-env",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a secret as plain text in a container's environment or arguments",
        why="It stands in the Deployment for everybody who may read one.",
        fix="put it into a Secret and use valueFrom.secretKeyRef",
        benchmarks="CIS 4.4.1, CKV_K8S_35, kyverno disallow-secrets-from-env-vars",
        types=POD_TYPES,
        judge=_secret_env,
    ),
)
