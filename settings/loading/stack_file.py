"""A stack's settings from its file, without Pulumi: as much of them as the cost needs.

``Pulumi.STACK.yaml`` is what an operator has before anything is deployed, and it need not be complete: secrets are
encrypted, the operator's own address may be missing. So mistakes in what the cost does not need are told, not refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planner.cost import BillableStack
from settings.derived.billable import platform_shape, team_shape
from settings.derived.platform_facts import PlatformFacts
from settings.issues import NAMESPACE, SettingsError, validate
from settings.loading.partial import read_partial_settings
from settings.loading.stack import (
    TOKEN,
    TeamSettings,
    foreign_value,
    from_text,
    new_partial_settings,
    platform_facts,
    read_platform,
)
from settings.models.budget import BudgetSettings
from settings.models.cluster import ClusterSettings
from settings.validation.partial import PartialSettings
from settings.validation.stack import check

_COUNTS = re.compile(r"(region|network|pools|services|platform|budget)\b")
"""Settings the cost is computed from: where they cannot be read there is no cost."""
_COUNTS_TOGETHER = re.compile(r"(region|network|pools|platform)\b|services\.[^.]+\.(pool|weights\.size_gib)$")
"""Where a mistake between settings that are each right changes the cost; any other is only told."""


class StackFileError(Exception):
    """There is no such stack file, or it is none; the message has the cure."""


@dataclass(frozen=True, kw_only=True)
class StackCost:
    """What a stack file says of the cost."""

    shape: BillableStack
    """What of the stack costs money."""
    budget: BudgetSettings | None
    """Its budget, if it has one."""
    remarks: tuple[str, ...]
    """What is wrong in the file and does not change the cost, or is not known."""


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
    there = ", ".join(sorted(_name(one) for one in project.glob("Pulumi.*.yaml"))) or "none"
    raise StackFileError(f"there is no stack file {path.name} in {project}; stacks there: {there}")


def read_stack_file(path: Path) -> StackCost:
    """What a stack costs money for, from its file; a team stack's platform is read from the file beside it.

    Raises:
        StackFileError: it is no stack file.
        SettingsError: the cost cannot be told, or would be another, for these mistakes.
    """
    config = _config(path)
    return _read_team(config, path) if "platform" in config.own else _read_platform(config, _name(path))


def _read_platform(config: "_Config", stack: str) -> StackCost:
    partial, facts = _partial_platform(config, stack)
    network = partial.network
    if network is None or facts is None:
        raise SettingsError(partial.issues)
    return StackCost(
        shape=platform_shape(
            stack=stack,
            region=facts.region,
            kubernetes=version_of(partial),
            extended_support=partial.cluster is not None and partial.cluster.support_type == "EXTENDED",
            network=network,
            pools=partial.pools,
            facts=partial.facts,
            services=partial.services,
        ),
        budget=partial.budget,
        remarks=_check(partial),
    )


def read_platform_file(path: Path) -> tuple[PartialSettings, PlatformFacts]:
    """A platform stack's settings as far as they are right, and what follows of them.

    Raises:
        StackFileError: it is no stack file, or a team stack's.
        SettingsError: region, network, pools, services or budget have mistakes.
    """
    config = _config(path)
    if "platform" in config.own:
        raise StackFileError(
            f"{path.name} is a team stack, whose nodes are its platform's: name {config.own['platform']}"
        )
    partial, facts = _partial_platform(config, _name(path))
    if facts is None:
        raise SettingsError(partial.issues)
    return partial, facts


def _partial_platform(config: "_Config", stack: str) -> tuple[PartialSettings, PlatformFacts | None]:
    partial = new_partial_settings(config.own, stack=stack, foreign=config.foreign)
    read_platform(partial)
    _refuse_unreadable(partial)
    if partial.region is None or partial.network is None:
        return partial, None
    return partial, platform_facts(partial.values, partial.facts)


def _read_team(config: "_Config", path: Path) -> StackCost:
    partial = new_partial_settings(config.own, stack=_name(path), foreign=config.foreign)
    read_partial_settings(TeamSettings, partial)
    platform = str(partial.values.get("platform", ""))
    facts, remarks = _platform_facts(platform, path) if platform else (None, [])
    if facts:
        partial.use_platform(facts)
    _refuse_unreadable(partial)
    return StackCost(
        shape=team_shape(stack=_name(path), platform=platform, facts=facts, services=partial.services),
        budget=partial.budget,
        remarks=(*remarks, *_check(partial)),
    )


def _platform_facts(platform: str, team: Path) -> tuple[PlatformFacts | None, list[str]]:
    """What the platform's own file says of its pools; the deployed platform may differ until it is updated."""
    path = team.with_name(f"Pulumi.{platform.rpartition('/')[2]}.yaml")
    try:
        _, facts = _partial_platform(_config(path), _name(path))
    except StackFileError as error:
        return None, [f"{error}: so the share of the platform's nodes is not known"]
    except SettingsError as error:
        return None, [f"{path.name} has mistakes, so the share of its nodes is not known: {error.issues[0]}"]
    if facts is None:
        return None, [f"{path.name} has no network, so the share of its nodes is not known"]
    return facts.for_teams, []


def _refuse_unreadable(partial: PartialSettings) -> None:
    """Raise the mistakes that leave nothing to compute a cost from."""
    matters = [one for one in partial.issues if one.namespace == NAMESPACE and _COUNTS.match(one.path)]
    if matters:
        raise SettingsError(matters)


def _check(partial: PartialSettings) -> tuple[str, ...]:
    """Raise the mistakes between settings that change the cost, and return every other one."""
    check(partial)
    matters = [one for one in partial.issues if one.namespace == NAMESPACE and _COUNTS_TOGETHER.match(one.path)]
    if matters:
        raise SettingsError(matters)
    return tuple(map(str, sorted(set(partial.issues))))


def version_of(partial: PartialSettings) -> str:
    """The version, even where the rest of the cluster's settings is not complete."""
    if partial.cluster:
        return partial.cluster.version
    info = ClusterSettings.model_fields["version"]
    given = partial.raw.get("cluster")
    version = given.get("version", info.default) if isinstance(given, Mapping) else info.default
    found, problems = validate(info.annotation, version, ["cluster", "version"])
    if problems:
        raise SettingsError(problems)
    return str(found)


def read_settings(path: Path) -> dict[str, object]:
    """Every setting below the namespace, unchecked and without what is encrypted; the token counts as set.

    Raises:
        StackFileError: it is no stack file.
    """
    return _config(path).own


def encrypted_settings(path: Path) -> frozenset[str]:
    """Keys of the settings that are encrypted or have something encrypted in them: what they say is not known here.

    Raises:
        StackFileError: it is no stack file.
    """
    return _config(path).encrypted


@dataclass(frozen=True, kw_only=True)
class _Config:
    """What stands below ``config:`` in a stack file."""

    own: dict[str, object]
    """Everything below the program's namespace, without what is encrypted; the token counts as set."""
    foreign: dict[str, object]
    """Everything below other namespaces, by full key; None where it is encrypted."""
    encrypted: frozenset[str] = frozenset()
    """Keys below the program's namespace with something encrypted."""


def _config(path: Path) -> _Config:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StackFileError(f"{path} cannot be read: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise StackFileError(f"{path.name}{f', line {mark.line + 1}' if mark else ''}: is not YAML") from None
    except RecursionError:
        raise StackFileError(f"{path.name} is nested too deeply to be read: write it flatter") from None
    if _has_loop(content, ()):
        raise StackFileError(f"{path.name}: an alias (*NAME) stands inside what it refers to: write out what is meant")
    config = content.get("config") if isinstance(content, Mapping) else None
    if not isinstance(config, Mapping):
        raise StackFileError(f"{path.name} has no `config:`, so it is no stack file of Pulumi")
    encrypted = {key for key, value in config.items() if _has_secret(value)}
    found = _Config(
        own={TOKEN: None},
        foreign={},
        encrypted=frozenset(str(key).partition(":")[2] for key in encrypted if str(key).partition(":")[0] == NAMESPACE),
    )
    for full_key, value in config.items():
        namespace, _, key = str(full_key).partition(":")
        if namespace != NAMESPACE:
            found.foreign[str(full_key)] = None if _is_secret(value) else foreign_value(value)
            continue
        if key == TOKEN or _is_secret(value):
            continue
        given = from_text(key, value if isinstance(value, str) else json.dumps(_readable(value), default=str))
        if given is not None:
            found.own[key] = given
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


def _name(path: Path) -> str:
    return path.name.removeprefix("Pulumi.").removesuffix(path.suffix)
