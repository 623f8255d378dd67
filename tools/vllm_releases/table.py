"""The options of all releases in one table, each with the releases that have it, as ``planner/data`` keeps it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.vllm_releases.options import ServeOption, serve_options
from tools.vllm_releases.registries import registered_values
from tools.vllm_releases.source import Source, SourceError


@dataclass(frozen=True, kw_only=True)
class Release:
    """What one release has."""

    version: str
    minor: int
    options: tuple[ServeOption, ...]
    registered: Mapping[str, tuple[str, ...]]
    """Names in its registries, by option or key of an option's object."""


def read_release(source: Source) -> Release:
    """What a release has, read from its source.

    Raises:
        SourceError: its code is not of a form that is read here.
    """
    return Release(
        version=source.version,
        minor=source.minor,
        options=serve_options(source),
        registered=registered_values(source),
    )


def table(releases: Iterable[Release]) -> str:
    """The table as JSON, one option a line, the same for the same releases whatever their order.

    Raises:
        SourceError: two of them are of one minor release, or there are none.
    """
    ordered = sorted(releases, key=lambda release: release.minor)
    minors = [release.minor for release in ordered]
    if not ordered or len(set(minors)) < len(minors):
        raise SourceError("give one file for each minor release, and at least one")
    names = sorted({option.name for release in ordered for option in release.options})
    lines = [
        "{",
        f'"releases": {json.dumps([release.version for release in ordered])},',
        '"options": {',
        *_lines({name: _rows(name, ordered) for name in names}),
        "},",
        '"values": {',
        *_lines(_values(ordered)),
        "}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _lines(found: Mapping[str, Any]) -> Iterable[str]:
    last = len(found) - 1
    for index, (name, value) in enumerate(found.items()):
        text = json.dumps(value, separators=(",", ":"), sort_keys=True)
        yield f"{json.dumps(name)}: {text}{'' if index == last else ','}"


def _rows(name: str, releases: Sequence[Release]) -> list[dict[str, Any]]:
    """One row for every form that an option has had, with the releases of that form."""
    forms: dict[str, list[int]] = {}
    for release in releases:
        for option in release.options:
            if option.name == name:
                forms.setdefault(json.dumps(_form(option), sort_keys=True), []).append(release.minor)
    minors = [release.minor for release in releases]
    return [{"in": spans(of, minors), **json.loads(form)} for form, of in forms.items()]


def _form(option: ServeOption) -> dict[str, Any]:
    form: dict[str, Any] = {"kind": option.kind}
    also = [flag for flag in option.flags if flag != f"--{option.name}"]
    more = {"also": also, "type": option.type, "least": option.least}
    form |= {key: value for key, value in more.items() if value not in (None, "", [])}
    return form | ({"only": True} if option.choices else {})


def _values(releases: Sequence[Release]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, list[int]]] = {}
    for release in releases:
        named = {option.name: option.choices or option.suggested for option in release.options}
        for name in sorted({*named, *release.registered}):
            for value in sorted({*named.get(name, ()), *release.registered.get(name, ())}):
                found.setdefault(name, {}).setdefault(value, []).append(release.minor)
    minors = [release.minor for release in releases]
    return {name: {value: spans(of, minors) for value, of in sorted(by.items())} for name, by in sorted(found.items())}


def spans(found: Sequence[int], minors: Sequence[int]) -> str:
    """Releases as ranges of their second numbers: ``8-12,14``; a release that was not read interrupts no range.

    Args:
        found: Some of ``minors``, ascending.
        minors: Every release that was read, ascending.
    """
    parts: list[list[int]] = []
    places = {minor: place for place, minor in enumerate(minors)}
    for minor in found:
        if parts and places[parts[-1][-1]] == places[minor] - 1:
            parts[-1].append(minor)
        else:
            parts.append([minor])
    return ",".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
