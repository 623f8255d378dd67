"""Settings of where charts and images are fetched from in place of their public registries."""

import re
from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, model_validator

from planner.shown import as_yaml
from settings.models.base import SettingsModel, Text, matching

_CHARTS_EXAMPLE = "oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/charts"
_IMAGES_EXAMPLE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror"
_LONGEST = 400
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_NAME = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
"""A component of a repository's name in a registry (OCI distribution specification)."""
_HOST = r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::\d{1,5})?|[a-z0-9-]+:\d{1,5}"
"""A registry: a first part without a dot and a port is a name on Docker Hub."""
_IMAGES = re.compile(rf"(?:{_HOST})(?:/{_NAME})*", re.ASCII)
_OCI = re.compile(rf"oci://(?:{_HOST})(?:/{_NAME})*", re.ASCII)
_HTTP = re.compile(r"https?://[\w.\[\]:-]+(?:/(?!\.{1,2}(?:/|$))[\w.~%+-]+)*", re.ASCII)


def _split(text: str) -> SplitResult | None:
    try:
        found = urlsplit(text)
        _ = found.port  # raises for one that is not a number
    except ValueError:
        return None
    return found


def is_loopback(repository: str) -> bool:
    """Whether a repository of charts is on this machine, as the rehearsal's."""
    return urlsplit(repository).hostname in _LOOPBACK


def _chart_mirror(text: str) -> str:
    if "@" in text:
        raise ValueError("has a user in its address, or a digest: omit it; `helm registry login` logs in")
    given = as_yaml(text)
    url = _split(text) if len(text) <= _LONGEST else None
    if url is None or url.scheme not in {"oci", "https", "http"}:
        raise ValueError(f"{given} is not a repository of charts: write oci:// or https://, like {_CHARTS_EXAMPLE}")
    if url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ValueError(f"{given} is not encrypted: write https://, http:// is for a repository on this machine")
    if text.endswith("/"):
        raise ValueError(f"{given} ends with /: omit it")
    if not (_OCI if url.scheme == "oci" else _HTTP).fullmatch(text):
        raise ValueError(
            f"{given} is not a repository of charts: write host and path, without a tag, a query or capitals, like "
            f"{_CHARTS_EXAMPLE}"
        )
    return text


def _image_mirror(text: str) -> str:
    given = as_yaml(text)
    if "://" in text:
        raise ValueError(
            f"{given} begins with a scheme, which names of images never do: write it like {_IMAGES_EXAMPLE}"
        )
    if text.endswith("/"):
        raise ValueError(f"{given} ends with /: omit it")
    first, _, path = text.partition("/")
    if "@" in text or ":" in path:
        raise ValueError(f"{given} names a version: each image keeps its own, so write it like {_IMAGES_EXAMPLE}")
    if len(text) > _LONGEST or not _IMAGES.fullmatch(text):
        hint = "" if "." in first or ":" in first or first == "localhost" else " (the first part is not a registry)"
        raise ValueError(f"{given} is not a registry with a path{hint}: write it like {_IMAGES_EXAMPLE}")
    return text


class ChartSettings(SettingsModel):
    """Where Helm charts come from."""

    mirror: Annotated[Text, AfterValidator(_chart_mirror)] | None = None
    """Repository that every chart is fetched from, as `oci://REGISTRY/PATH` or `https://HOST/PATH`; default each chart's own."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """A registry that Amazon ECR has pull-through cache rules for."""

    key: str
    """Its setting below ``images.pull_through``."""
    registry: str
    """Registry in the names of images."""
    url: str
    """The same as rules have it."""

    @property
    def name(self) -> str:
        """Last part of the prefix of its repositories."""
        return self.key.replace("_", "-")


UPSTREAMS = (
    Upstream(key="docker_hub", registry="docker.io", url="registry-1.docker.io"),
    Upstream(key="ghcr", registry="ghcr.io", url="ghcr.io"),
    Upstream(key="ecr_public", registry="public.ecr.aws", url="public.ecr.aws"),
    Upstream(key="k8s", registry="registry.k8s.io", url="registry.k8s.io"),
    Upstream(key="quay", registry="quay.io", url="quay.io"),
)
"""Those that serve images without an account of one's own at their side (Amazon ECR API Reference,
CreatePullThroughCacheRule, ``upstreamRegistryUrl``); nvcr.io is not among Amazon ECR's."""

SecretArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache/[A-Za-z0-9/_+=.@-]+",
            "is not the ARN of a secret whose name begins with ecr-pullthroughcache/, as Amazon ECR needs it: write it like "
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf",
        )
    ),
]
RepositoryPrefix = Annotated[
    Text,
    AfterValidator(
        matching(
            r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*",
            "is not a prefix of repositories: use lower-case letters and digits with . _ - or / between them, like llm-dev",
        )
    ),
]


class UpstreamCredentials(SettingsModel):
    """How Amazon ECR signs in to a registry that it caches."""

    secret_arn: SecretArn
    """ARN of a secret of Secrets Manager with `username` and `accessToken`, in the stack's account and region, whose name
    begins with `ecr-pullthroughcache/`."""


class PullThroughSettings(SettingsModel):
    """Pull-through cache rules of Amazon ECR, one for each registry that is named."""

    prefix: RepositoryPrefix | None = None
    """What the names of the cache's repositories begin with; default the cluster's name, llm-STACK."""
    docker_hub: UpstreamCredentials | None = None
    """Cache Docker Hub (docker.io): vLLM, Ollama, Envoy, Prometheus, Grafana."""
    ghcr: UpstreamCredentials | None = None
    """Cache the GitHub Container Registry (ghcr.io): KEDA."""
    ecr_public: bool = False
    """Cache Amazon ECR Public (public.ecr.aws): Karpenter, the load balancer controller, the Python of scripts."""
    k8s: bool = False
    """Cache the Kubernetes registry (registry.k8s.io)."""
    quay: bool = False
    """Cache Quay (quay.io)."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not any(getattr(self, upstream.key) for upstream in UPSTREAMS):
            raise ValueError("names no registry: set ecr_public: true or docker_hub: {secret_arn: ...}, or omit it")
        return self

    def secret_arn(self, key: str) -> str | None:
        """ARN of the secret with the credentials for an upstream registry; None where it needs none."""
        value = getattr(self, key)
        return value.secret_arn if isinstance(value, UpstreamCredentials) else None


class ImageSettings(SettingsModel):
    """Where container images come from."""

    mirror: Annotated[Text, AfterValidator(_image_mirror)] | None = None
    """Registry and path that the program's images are pulled from, as `REGISTRY/PATH`; default each image's own. An image
    that a service names itself stays as it is written."""
    pull_through: PullThroughSettings | None = None
    """Registries whose images are pulled through caches in Amazon ECR that the stack makes, the images that services name
    included; in place of `mirror`."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.mirror and self.pull_through:
            raise ValueError("has mirror and pull_through, and an image is pulled from one place: omit one of them")
        return self
