"""Rules on how pods run vLLM: GPUs, probes, code from the model's repository, secrets."""

import re
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.rule import Finding, Rule, Subject, Undecided, Verdicts
from guardrails.values import UNKNOWN, at, listed
from guardrails.workloads import LONG_RUNNING, POD_TYPES, WHOLE_PODS, containers, is_vllm, pods, words

_GPU: Final = re.compile(r"nvidia\.com/(gpu|mig-[\w.]+|gpu\.shared)")


def _gpu_resources(subject: Subject) -> Verdicts:
    for pod in pods(subject):
        selects_gpu = any(
            isinstance(item, dict) and item.get("key") == "nvidia.com/gpu"
            for item in listed(at(pod.spec, "tolerations"))
        )
        for where, container in containers(pod):
            if not isinstance(container, dict):
                yield Undecided(f"{where} is unknown")
                continue
            limits, requests = at(container, "resources", "limits"), at(container, "resources", "requests")
            if limits is UNKNOWN or requests is UNKNOWN:
                yield Undecided(f"resources of {where} are unknown")
                continue
            limits, requests = limits or {}, requests or {}
            limited = any(_GPU.fullmatch(key) for key in limits)
            if not limited and any(_GPU.fullmatch(key) for key in requests):
                yield Finding(f"{where} requests a GPU without a limit")
            elif not limited and selects_gpu and is_vllm(container):
                yield Finding(f"{where} runs on a GPU node without an nvidia.com/gpu limit")
            if limited and "memory" not in requests and "memory" not in limits:
                yield Finding(f"{where} has a GPU and no memory request")


def _probes(subject: Subject) -> Verdicts:
    for pod in pods(subject):
        for where, container in containers(pod):
            if isinstance(container, dict) and is_vllm(container):
                for probe in ("startupProbe", "readinessProbe"):
                    if container.get(probe) is UNKNOWN:
                        yield Undecided(f"{probe} of {where} is unknown")
                    elif container.get(probe) is None:
                        yield Finding(f"{where} has no {probe}")


def _remote_code(subject: Subject) -> Verdicts:
    for pod in pods(subject):
        for where, container in containers(pod):
            if not isinstance(container, dict):
                yield Undecided(f"{where} is unknown")
                continue
            said = words(container)
            if any(word is UNKNOWN for word in said):
                yield Undecided(f"arguments of {where} are unknown")
            texts = [word for word in said if isinstance(word, str)]
            flagged = any(re.fullmatch(r"--trust[-_]remote[-_]code(=(true|1))?", word, re.IGNORECASE) for word in texts)
            if flagged and not set(texts) & set(subject.config["models"]):
                yield Finding(f"{where} has --trust-remote-code for a model that is not listed")


_SECRET_NAME: Final = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(_|$)", re.IGNORECASE
)


def _secret_env(subject: Subject) -> Verdicts:
    for pod in pods(subject):
        for where, container in containers(pod):
            variables = container.get("env") if isinstance(container, dict) else UNKNOWN
            if variables is UNKNOWN:
                yield Undecided(f"env of {where} is unknown")
                continue
            for variable in listed(variables):
                if isinstance(variable, dict) and _SECRET_NAME.search(str(variable.get("name"))):
                    value = variable.get("value")
                    if value is UNKNOWN or (isinstance(value, str) and value and not value.startswith("/")):
                        yield Finding(f"{where}: {variable['name']} is given as plain text")


RULES: Final = (
    Rule(
        id="gpu-resources",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a GPU container without a GPU limit or a memory request",
        why="Without the limit it gets no GPU or all of them; without the request the node runs out of memory.",
        cure="set limits nvidia.com/gpu and requests memory",
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
        cure="add startupProbe and readinessProbe on /health",
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
        cure="leave it out, or put the reviewed model on the rule's list",
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
        blocks="a secret as plain text in a container's environment",
        why="It stands in the Deployment for everybody who may read one.",
        cure="put it into a Secret and use valueFrom.secretKeyRef",
        benchmarks="CIS 4.4.1, CKV_K8S_35, kyverno disallow-secrets-from-env-vars",
        types=POD_TYPES,
        judge=_secret_env,
    ),
)
