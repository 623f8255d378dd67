"""Settings of where charts and images are fetched from in place of their public registries."""

import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from planner.shown import as_yaml
from settings.models.base import SettingsModel, Text

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


class ImageSettings(SettingsModel):
    """Where container images come from."""

    mirror: Annotated[Text, AfterValidator(_image_mirror)] | None = None
    """Registry and path that the program's images are pulled from, as `REGISTRY/PATH`; default each image's own. An image
    that a service names itself stays as it is written."""
