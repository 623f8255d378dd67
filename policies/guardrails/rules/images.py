"""Rules on container images."""

import re
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.workloads import POD_TYPES, Container, per_container
from guardrails.engine.rule import Finding, Findings, Rule, Subject
from planner.image_tags import moves, tag_of


def _pinned(_: Subject, container: Container) -> Findings:
    image = container.value("image")
    if not isinstance(image, str) or _has_digest(image):
        return
    tag = tag_of(image)
    if not tag:
        yield Finding(f"{container.where}: its image has no tag")
    elif moves(tag):
        yield Finding(f"{container.where}: the tag {tag} of its image is moved to other content")


def _has_digest(image: str) -> bool:
    return re.search(r"@sha(256|512):[0-9a-f]{64}", image) is not None


def _digest(_: Subject, container: Container) -> Findings:
    image = container.value("image")
    if isinstance(image, str) and not _has_digest(image):
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
        blocks="an image without a version, or with a tag that is moved, such as latest, nightly or main",
        why="Another vLLM tomorrow has other options, other memory, other bugs.",
        fix="name the tag of one release or commit, or a digest",
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
                "default": [
                    "docker.io/vllm/",
                    "docker.io/ollama/",
                    "docker.io/envoyproxy/",
                    "docker.io/prom/",
                    "docker.io/grafana/",
                    "nvcr.io/nvidia/",
                    "public.ecr.aws/",
                ],
                "description": "Beginnings of image names; short names mean docker.io/library/.",
            }
        },
    ),
)
