"""The sandbox's own copy of a stack's settings file, and the things that differ in it."""

import re
import socket
from pathlib import Path
from typing import Any

import yaml

from rehearsal.charts.address import url_of
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import file_backend
from rehearsal.stacks.project import project_name
from settings.artifacts.images import IMAGES
from settings.artifacts.reference import ImageReference
from settings.loading.yaml_text import YamlTextError, read_yaml
from settings.models.base import HUB_TOKEN
from settings.models.services.vllm import GATED_MODELS
from workspace import encryption
from workspace.files import write_atomically

LOOPBACK = "127.0.0.1/32"
UNPRIVILEGED_PORT = 8080
DUMMY_TOKEN = "hf_rehearsal_token_that_opens_nothing"  # noqa: S105 - says what it is
_HTTP_PORT = 80
_STACK_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")


def copy_of(sandbox: Sandbox, stack: str) -> Path:
    """Where the copy stands."""
    return sandbox.project / f"Pulumi.{stack}.yaml"


def source_of(sandbox: Sandbox | None, stack: str, given: Path | None, *, deployed: bool = False) -> Path:
    """The settings file that ``stack`` is made from: given, the checkout's, or the copy of last time.

    Args:
        sandbox: The sandbox, if there is one yet.
        stack: Name of the stack.
        given: The file that the user names.
        deployed: Whether what is deployed counts: then the copy of last time comes before the checkout's.

    Raises:
        SandboxError: there is none.
    """
    if not _STACK_NAME.fullmatch(stack):
        raise SandboxError(f"{stack!r} is not a stack name: write 1 to 100 letters, digits, '-', '_' and '.'")
    if given is not None:
        if not given.is_file():
            raise SandboxError(f"{given}: no such stack file")
        return given.resolve()
    candidates = [CHECKOUT / f"Pulumi.{stack}.yaml", *([copy_of(sandbox, stack)] if sandbox else [])]
    for candidate in reversed(candidates) if deployed else candidates:
        if candidate.is_file():
            return candidate
    known = ", ".join(sorted(path.name[7:-5] for path in CHECKOUT.glob("Pulumi.*.yaml"))) or "none"
    raise SandboxError(f"no stack {stack!r} in this checkout (there are: {known}); name its file with --stack-file")


def platform_of(source: Path) -> str | None:
    """The platform stack that a team stack's settings file names; None for a platform stack.

    Raises:
        SandboxError: the file holds no settings.
    """
    name = _config_of(_load(source)).get(_key("platform"))
    # Another project's or organization's stack is named with them: organization/project/stack.
    return str(name).rpartition("/")[2] if name else None


def is_team(document: dict[str, Any]) -> bool:
    """Whether the settings are a team stack's."""
    return bool(_config_of(document).get(_key("platform")))


def teams_on(sandbox: Sandbox, platform: str) -> list[str]:
    """Return the team stacks of this sandbox that use ``platform`` and have resources."""
    return [
        name
        for name in file_backend.stacks(sandbox)
        if copy_of(sandbox, name).exists()
        and platform_of(copy_of(sandbox, name)) == platform
        and (held := file_backend.read(sandbox, name)) is not None
        and held.resources
    ]


def refuse_second_platform(sandbox: Sandbox, stack: str, document: dict[str, Any]) -> None:
    """Hold a sandbox to one platform stack.

    Raises:
        SandboxError: another platform stack has resources here.
    """
    if is_team(document):
        return
    for other in file_backend.stacks(sandbox):
        if other == stack or not copy_of(sandbox, other).exists():
            continue
        held = file_backend.read(sandbox, other)
        if held is not None and held.resources and not is_team(_load(copy_of(sandbox, other))):
            raise SandboxError(
                f"sandbox {sandbox.name} already holds the platform stack {other!r}; "
                f"rehearse {stack!r} in a sandbox of its own: --sandbox {stack}"
            )


def write_copy(sandbox: Sandbox, stack: str, source: Path) -> bool:
    """Write the copy. Returns whether the dummy token must still be put into it, which only the engine can."""
    document = _load(source)
    refuse_second_platform(sandbox, stack, document)
    copy = copy_of(sandbox, stack)
    previous = _load(copy) if copy.exists() else {}
    config = document["config"] = _config_of(document)
    needs_token = _needs_token(config)
    # Those of the original are for whoever owns it; the copy has the sandbox's own.
    for name in encryption.KEYS:
        document.pop(name, None)
    config.pop(_key(HUB_TOKEN), None)
    _admit_loopback(config)
    _use_own_registries(config)
    if _key("cluster") in config:
        _use_loopback_charts(config, url_of(sandbox))
    if not can_bind_http(sandbox):
        _move_endpoints(config)
    if no_gateway(sandbox):
        config.pop(_key("gateway"), None)
    if _key("cluster") in config and no_monitoring(sandbox):
        config[_key("monitoring")] = {"size": "none"}
        _mapping(config.get(_key("cluster"))).pop("keda", None)
    if no_monitoring(sandbox):
        for service in _mapping(config.get(_key("services"))).values():
            _mapping(service).pop("autoscale", None)
    _mapping(config.get(_key("monitoring"))).pop("grafana", None)
    held = file_backend.read(sandbox, stack)
    salt = encryption.in_stack_file(previous) or (held.encryption if held else {})
    document = {**salt, **document}
    token = _config_of(previous).get(_key(HUB_TOKEN)) if encryption.in_stack_file(previous) else None
    if needs_token and token:
        config[_key(HUB_TOKEN)] = token
    text = yaml.safe_dump(document, sort_keys=False)
    if not copy.exists() or copy.read_text() != text:
        write_atomically(copy, text)
    return needs_token and not token


def has_gateway(source: Path) -> bool:
    """Whether the settings have a gateway."""
    return _config_of(_load(source)).get(_key("gateway")) not in (None, False)


def no_gateway(sandbox: Sandbox) -> str:
    """Why this sandbox cannot have a gateway; empty if it can."""
    if Sandbox.load(sandbox.root).network == Kind.LOOPBACK:
        return "its pods listen on the same ports, and on the loopback network pods share this machine's"
    if not can_bind_http(sandbox):
        return (
            "its load balancer listens on port 80, which this user may not; allow it with sysctl "
            "net.ipv4.ip_unprivileged_port_start=80"
        )
    return ""


def has_monitoring(source: Path) -> bool:
    """Whether the settings have monitoring: a platform has it unless they say otherwise, a team stack never."""
    config = _config_of(_load(source))
    return _key("cluster") in config and _mapping(config.get(_key("monitoring"))).get("size") != "none"


def has_keda(source: Path) -> bool:
    """Whether a service has autoscaling, or the cluster has KEDA for those of team stacks."""
    config = _config_of(_load(source))
    services = _mapping(config.get(_key("services"))).values()
    return bool(_mapping(config.get(_key("cluster"))).get("keda")) or any(
        _mapping(service).get("autoscale") for service in services
    )


def has_grafana(source: Path) -> bool:
    """Whether the settings have Grafana, which no sandbox runs."""
    return bool(_mapping(_config_of(_load(source)).get(_key("monitoring"))).get("grafana"))


def no_monitoring(sandbox: Sandbox) -> str:
    """Why this sandbox cannot have monitoring; empty if it can."""
    if Sandbox.load(sandbox.root).network == Kind.LOOPBACK:
        return (
            "Prometheus scrapes pods and nodes at their own addresses, which cannot be dialed on the loopback network"
        )
    return ""


def can_bind_http(sandbox: Sandbox) -> bool:
    """Whether this user may listen on port 80 of the sandbox's addresses."""
    with socket.socket() as probe:
        try:
            probe.bind((f"{sandbox.loopback_prefix}.254", _HTTP_PORT))
        except PermissionError:
            return False
        except OSError:
            return True  # taken, hence allowed
    return True


def _admit_loopback(config: dict[str, Any]) -> None:
    access = _mapping(_mapping(config.get(_key("cluster"))).get("api_access"))
    if access.get("public_cidrs") == []:
        access["public_cidrs"] = [LOOPBACK]


def _use_loopback_charts(config: dict[str, Any], url: str) -> None:
    charts = config.setdefault(_key("charts"), {})
    if isinstance(charts, dict):
        charts["mirror"] = url


def _use_own_registries(config: dict[str, Any]) -> None:
    """Without a mirror of images: the sandbox knows them by their names in their own registries.

    Pull-through caches stay: nodes of the sandbox have the images of their rules.
    """
    images = _mapping(config.get(_key("images")))
    mirror = images.pop("mirror", None)
    if not images:
        config.pop(_key("images"), None)
    own = {f"{mirror}/{ImageReference.of(image.reference).path}": image.repository for image in IMAGES}
    for service in _mapping(config.get(_key("services"))).values():
        if isinstance(service, dict) and isinstance(service.get("image"), str):
            named = ImageReference.of(service["image"])
            if named.repository in own:
                service["image"] = own[named.repository] + named.version


def _move_endpoints(config: dict[str, Any]) -> None:
    for service in _mapping(config.get(_key("services"))).values():
        if not isinstance(service, dict):
            continue
        endpoint = service.setdefault("endpoint", {})
        if isinstance(endpoint, dict) and endpoint.get("port", _HTTP_PORT) == _HTTP_PORT:
            endpoint["port"] = UNPRIVILEGED_PORT


def _needs_token(config: dict[str, Any]) -> bool:
    """Whether the settings name a token, or a model whose Hub repository is gated."""
    if _key(HUB_TOKEN) in config:
        return True
    services = _mapping(config.get(_key("services")))
    return any(_is_gated(service) for service in services.values() if isinstance(service, dict))


def _is_gated(service: dict[str, Any]) -> bool:
    weights = _mapping(service.get("weights"))
    if weights.get("source", "hub") != "hub" and not weights.get("mirror"):
        return False
    gated = weights.get("gated")
    return bool(gated) if gated is not None else str(service.get("model", "")).startswith(GATED_MODELS)


def _key(name: str) -> str:
    return f"{project_name()}:{name}"


def _mapping(value: object) -> dict[str, Any]:
    """The value where it is a map; what else stands there is for the program to refuse, in its own words."""
    return value if isinstance(value, dict) else {}


def _config_of(document: dict[str, Any]) -> dict[str, Any]:
    return document.get("config") or {}


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded = read_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SandboxError(f"{path}: cannot be read: {error}") from None
    except YamlTextError as error:
        raise SandboxError(f"{path}: {error}") from None
    if not isinstance(loaded, dict) or not isinstance(loaded.get("config") or {}, dict):
        raise SandboxError(f"{path}: a stack file is a mapping with a `config:` key, itself a mapping")
    return loaded
