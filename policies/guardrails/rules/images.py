"""Rules on container images."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.workloads import POD_TYPES, Container, per_container
from guardrails.engine.rule import Finding, Findings, Rule, Subject


def _pinned(_: Subject, container: Container) -> Findings:
    image = container.value("image")
    if not isinstance(image, str) or "@sha256:" in image:
        return
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    if not tag:
        yield Finding(f"{container.where}: its image has no tag")
    elif tag == "latest":
        yield Finding(f"{container.where}: its image is tagged latest: another one tomorrow")


def _digest(_: Subject, container: Container) -> Findings:
    image = container.value("image")
    if isinstance(image, str) and "@sha256:" not in image:
        yield Finding(f"{container.where}: its image has no digest")


def _registry(subject: Subject, container: Container) -> Findings:
    image = container.value("image")
    if not isinstance(image, str):
        return
    first, slash, _ = image.partition("/")
    named = bool(slash) and ("." in first or ":" in first or first == "localhost")
    image = image.removeprefix("index.")
    full = image if named else f"docker.io/{image}" if slash else f"docker.io/library/{image}"
    if not any(full.startswith(prefix) for prefix in subject.config["registries"]):
        yield Finding(f"{container.where}: its image is from no listed registry")


RULES: Final = (
    Rule(
        id="image-pinned",
        family="images",
        level=EnforcementLevel.MANDATORY,
        blocks="an image without a version",
        why="Another vLLM tomorrow has other options, other memory, other bugs.",
        fix="name a version tag, or a digest",
        benchmarks="kyverno disallow-latest-tag, CKV_K8S_14",
        types=POD_TYPES,
        judge=per_container(_pinned),
    ),
    Rule(
        id="image-digest",
        family="images",
        level=EnforcementLevel.ADVISORY,
        blocks="an image without a digest",
        why="A tag can be moved to other content.",
        fix="append @sha256:... to the tag",
        benchmarks="CKV_K8S_43",
        types=POD_TYPES,
        judge=per_container(_digest),
    ),
    Rule(
        id="image-registry",
        family="images",
        level=EnforcementLevel.ADVISORY,
        blocks="an image from a registry that is not listed",
        why="Who owns the registry owns the node's GPU.",
        fix="mirror it to a listed registry, or put the registry on the rule's list",
        benchmarks="kyverno restrict-image-registries, trivy KSV-0125, CIS 5.1.4",
        types=POD_TYPES,
        judge=per_container(_registry),
        settings={
            "registries": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["docker.io/vllm/", "docker.io/ollama/", "nvcr.io/nvidia/", "public.ecr.aws/"],
                "description": "Beginnings of image names; short names mean docker.io/library/.",
            }
        },
    ),
)
