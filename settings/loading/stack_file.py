"""A stack's settings from its file, without Pulumi: as far as cost and preflight need them.

``Pulumi.STACK.yaml`` is what an operator has before anything is deployed, and it can be incomplete: secrets are
encrypted, the operator's own address may be missing. So issues that do not change the result are reported, not refused.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.bounded import read_start
from planner.cost import BillableStack
from settings.derived.platform_facts import PlatformFacts
from settings.issues import Issue, SettingsError
from settings.loading.config_values import foreign_value, from_text
from settings.loading.parse import read
from settings.loading.yaml_text import YamlTextError, read_yaml
from settings.models.base import HUB_TOKEN, NAMESPACE
from settings.models.budget import BudgetSettings
from settings.validation.partial import PartialSettings

_COUNTS = re.compile(r"(region|network|pools|services|platform|budget|cluster\.version)\b")
"""Settings the cost is computed from: where they cannot be read there is no cost."""
_COUNTS_TOGETHER = re.compile(r"(region|network|pools|platform)\b|services\.[^.]+\.(pool|weights\.size_gib)$")
"""Where an issue between settings that are each right changes the cost; any other is only reported."""

MOST_BYTES = 512 * 1024
"""Largest stack file; the committed ones have a few KiB."""


class StackFileError(Exception):
    """There is no such stack file, or it is not one; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class StackCost:
    """What a stack file contains of the cost."""

    billable: BillableStack
    """What of the stack costs money."""
    budget: BudgetSettings | None
    """Its budget, if it has one."""
    remarks: tuple[str, ...]
    """Issues of the file that do not change the cost, and what is unknown."""


@dataclass(frozen=True, kw_only=True)
class PlatformFile:
    """A platform stack's file, as far as it is right."""

    partial: PartialSettings
    """Its settings."""
    facts: PlatformFacts
    """What follows from them."""
    encrypted: frozenset[str]
    """Keys of settings that are encrypted or contain something encrypted: their values are unknown here."""


def find_stack_file(stack: str, folder: Path) -> Path:
    """The file of a stack: a path as it is, a name as ``Pulumi.NAME.yaml`` in the project that ``folder`` lies in.

    Raises:
        StackFileError: there is no such file; the message names those there are.
    """
    given = Path(stack)
    if given.suffix in {".yaml", ".yml"} or given.is_file():
        if given.is_file():
            return given
        raise StackFileError(f"there is no file {stack}")
    name = stack.rpartition("/")[2]
    here = folder.resolve()
    project = next((one for one in (here, *here.parents) if (one / "Pulumi.yaml").is_file()), here)
    path = project / f"Pulumi.{name}.yaml"
    if path.is_file():
        return path
    there = ", ".join(sorted(stack_name(one) for one in project.glob("Pulumi.*.yaml"))) or "none"
    raise StackFileError(f"there is no stack file {path.name} in {project}; stacks there: {there}")


def read_stack_cost(path: Path) -> StackCost:
    """The cost inputs in a stack file; a team stack's platform is read from the file beside it.

    Raises:
        StackFileError: it is not a stack file.
        SettingsError: the cost is unknown, or would be another, because of these issues.
    """
    partial, remarks = read_partial(path)
    refuse(partial.malformed, _COUNTS)
    refuse(partial.issues, _COUNTS_TOGETHER)
    if partial.billable is None:
        raise SettingsError(partial.issues)
    return StackCost(
        billable=partial.billable,
        budget=partial.budget,
        remarks=(*remarks, *map(str, sorted(set(partial.issues)))),
    )


def read_platform_file(path: Path) -> PlatformFile:
    """A platform stack's file.

    Raises:
        StackFileError: it is not a stack file, or a team stack's.
        SettingsError: region, network, pools, services, budget or the Kubernetes version have issues.
    """
    config = _config(path)
    if "platform" in config.own:
        raise StackFileError(
            f"{path.name} is a team stack, whose nodes are its platform's: name {config.own['platform']}"
        )
    partial, _ = _read(config, path)
    refuse(partial.malformed, _COUNTS)
    if partial.own_facts is None:
        raise SettingsError(partial.issues)
    return PlatformFile(partial=partial, facts=partial.own_facts, encrypted=config.encrypted)


def _read(config: "_Config", path: Path) -> tuple[PartialSettings, list[str]]:
    """The settings of a file, and why the platform of a team stack is unknown."""
    remarks: list[str] = []

    def platform(name: str) -> PlatformFacts | None:
        """The facts in the platform's own file; the deployed platform can differ until it is updated."""
        file = platform_file(path, name)
        try:
            return read_platform_file(file).facts
        except StackFileError as error:
            remarks.append(f"{error}: so the share of the platform's nodes is unknown")
        except SettingsError as error:
            remarks.append(f"{file.name} has issues, so the share of its nodes is unknown: {error.issues[0]}")
        return None

    return read(config.own, stack=stack_name(path), platform=platform, foreign=config.foreign), remarks


def refuse(issues: Iterable[Issue], keys: re.Pattern[str]) -> None:
    """Refuse settings with issues of these keys.

    Raises:
        SettingsError: there are any.
    """
    matters = [one for one in issues if one.namespace == NAMESPACE and keys.match(one.path)]
    if matters:
        raise SettingsError(matters)


def read_partial(path: Path) -> tuple[PartialSettings, list[str]]:
    """A stack's settings as far as they are right, with every issue; and why the platform of a team stack is unknown.

    Raises:
        StackFileError: it is not a stack file.
    """
    return _read(_config(path), path)


def refuse_services(partial: PartialSettings) -> None:
    """Refuse settings whose pools or services are not known.

    Raises:
        SettingsError: a setting that they depend on has issues.
    """
    refuse(partial.malformed, _COUNTS)
    refuse(partial.issues, _COUNTS_TOGETHER)


def read_settings(path: Path) -> dict[str, object]:
    """Every setting below the namespace, unchecked and without what is encrypted; the token counts as set.

    Raises:
        StackFileError: it is no stack file.
    """
    return _config(path).own


@dataclass(frozen=True, kw_only=True)
class _Config:
    """The content of ``config:`` in a stack file."""

    own: dict[str, object]
    """Everything below the program's namespace, without what is encrypted; the token counts as set."""
    foreign: dict[str, object]
    """Everything below other namespaces, by full key; None where it is encrypted."""
    encrypted: frozenset[str] = frozenset()
    """Keys below the program's namespace with something encrypted."""


def _config(path: Path) -> _Config:
    try:
        text = read_start(path, MOST_BYTES)
        if len(text) > MOST_BYTES:
            raise StackFileError(f"{path.name}: is larger than {MOST_BYTES // 1024} KiB, so it is not a stack file")
        content: Any = read_yaml(text.decode("utf-8-sig"))
    except OSError as error:
        raise StackFileError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise StackFileError(f"{path.name}: is not UTF-8 text: save it as UTF-8") from None
    except YamlTextError as error:
        raise StackFileError(f"{path.name}: {error}") from None
    if _has_loop(content, ()):
        raise StackFileError(f"{path.name}: an alias (*NAME) is inside what it refers to: write out what is meant")
    config = content.get("config") if isinstance(content, Mapping) else None
    if not isinstance(config, Mapping):
        raise StackFileError(f"{path.name} has no `config:`, so it is not a stack file of Pulumi")
    config = _namespaced(path, config)
    encrypted = {key for key, value in config.items() if _has_secret(value)}
    found = _Config(
        own={HUB_TOKEN: None},
        foreign={},
        encrypted=frozenset(str(key).partition(":")[2] for key in encrypted if str(key).partition(":")[0] == NAMESPACE),
    )
    for full_key, value in config.items():
        namespace, _, key = str(full_key).partition(":")
        if namespace != NAMESPACE:
            found.foreign[str(full_key)] = None if _is_secret(value) else foreign_value(value)
            continue
        if key == HUB_TOKEN or _is_secret(value):
            continue
        given = from_text(key, value if isinstance(value, str) else json.dumps(_readable(value), default=str))
        if given is not None:
            found.own[key] = given
    return found


def _namespaced(path: Path, config: Mapping[object, object]) -> dict[str, object]:
    """Return the configuration with full keys: Pulumi takes one without a namespace as one of the project.

    Raises:
        StackFileError: a key is there in both forms, of which Pulumi takes either.
    """
    found: dict[str, object] = {}
    for key, value in config.items():
        full = str(key) if ":" in str(key) else f"{NAMESPACE}:{key}"
        if full in found:
            raise StackFileError(
                f"{path.name}: the key {full!r} stands twice, once without {NAMESPACE}: before it: keep one"
            )
        found[full] = value
    return found


def _has_loop(value: object, above: tuple[int, ...]) -> bool:
    """Whether a list or map contains itself, as YAML's aliases allow."""
    if not isinstance(value, Mapping | list):
        return False
    if id(value) in above:
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    return any(_has_loop(one, (*above, id(value))) for one in inner)


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _has_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return _is_secret(value) or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _readable(value: Any) -> Any:
    """Without what is encrypted."""
    if isinstance(value, Mapping):
        return {str(key): _readable(one) for key, one in value.items() if not _is_secret(one)}
    if isinstance(value, list):
        return [_readable(one) for one in value if not _is_secret(one)]
    return value


def stack_name(path: Path) -> str:
    """The stack that a file ``Pulumi.NAME.yaml`` is of."""
    return path.name.removeprefix("Pulumi.").removesuffix(path.suffix)


def platform_file(path: Path, platform: str) -> Path:
    """Where the file of a team stack's platform is: beside its own."""
    return path.with_name(f"Pulumi.{platform.rpartition('/')[2]}.yaml")
