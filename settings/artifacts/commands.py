"""Commands that fill a stack's mirrors, for a machine that reaches both sides."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Literal

from settings.artifacts.charts import OCI
from settings.artifacts.reference import ImageReference
from settings.artifacts.transfers import Transfer

Tool = Literal["crane", "skopeo"]
_ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


def commands(found: Sequence[Transfer], tool: Tool) -> Iterator[str]:
    """Lines of a shell script: logins and repositories of Amazon ECR, then a copy of each chart and image.

    Images keep their digest, every architecture is copied (crane-copy; skopeo-copy(1), ``--all`` and ``--preserve-digests``).

    Args:
        found: what is copied; what has no destination is passed over.
        tool: what copies images; charts are copied by Helm.
    """
    copied = [one for one in found if one.destination]
    for host in sorted({_place(one).registry for one in copied if _in_registry(one)}):
        yield from _logins(host, tool, charts=any(_of(one, host, "chart") for one in copied))
    yield from dict.fromkeys(line for one in copied if _in_registry(one) for line in _repository(one))
    for one in copied:
        yield from _chart(one) if one.kind == "chart" else [_image(one, tool)]


def _in_registry(one: Transfer) -> bool:
    return one.kind == "image" or str(one.destination).startswith(OCI)


def _place(one: Transfer) -> ImageReference:
    return ImageReference.of(str(one.destination).removeprefix(OCI))


def _of(one: Transfer, host: str, kind: str) -> bool:
    return one.kind == kind and _in_registry(one) and _place(one).registry == host


def _logins(host: str, tool: Tool, *, charts: bool) -> Iterator[str]:
    """Log in to a registry of Amazon ECR; how to log in to another one is its owner's to say."""
    ecr = _ECR.fullmatch(host)
    if not ecr:
        return
    password = f"aws ecr get-login-password --region {ecr['region']}"
    login = {"crane": "crane auth login", "skopeo": "skopeo login"}[tool]
    yield f"{password} | {login} --username AWS --password-stdin {host}"
    if charts:
        yield f"{password} | helm registry login --username AWS --password-stdin {host}"


def _repository(one: Transfer) -> Iterator[str]:
    """Create a repository of Amazon ECR, which a push does not do by itself; one that exists is left as it is."""
    place = _place(one)
    if ecr := _ECR.fullmatch(place.registry):
        name, region = shlex.quote(place.path), ecr["region"]
        yield (
            f"aws ecr describe-repositories --region {region} --repository-names {name} >/dev/null 2>&1 "
            f"|| aws ecr create-repository --region {region} --repository-name {name}"
        )


def _image(one: Transfer, tool: Tool) -> str:
    source = f"{one.name}@{one.digest}" if one.digest else one.source
    copy = ["crane", "copy", source, str(one.destination)]
    if tool == "skopeo":
        transports = (f"docker://{name}" for name in (source, one.destination))
        copy = ["skopeo", "copy", "--all", "--preserve-digests", *transports]
    return shlex.join(copy)


def _chart(one: Transfer) -> Iterator[str]:
    """Pull a chart into the working directory and push it; a plain web server takes the archive and a new index."""
    archive = f"{one.name}-{one.version}.tgz"
    named = [one.source] if one.source.startswith(OCI) else [one.name, "--repo", one.source]
    yield shlex.join(["helm", "pull", *named, "--version", one.version])
    if one.digest:
        yield f"echo {shlex.quote(f'{one.digest}  {archive}')} | sha256sum --check"
    destination = str(one.destination)
    if destination.startswith(OCI):
        yield shlex.join(["helm", "push", archive, destination.removesuffix(f"/{one.name}")])
    else:
        yield f"# copy {archive} to where {destination} is served from, then: helm repo index . --url {destination}"
