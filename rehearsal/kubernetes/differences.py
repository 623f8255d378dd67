"""Differences between an object as it was last seen and its new inputs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rehearsal.kubernetes.drift import live_inputs
from rehearsal.kubernetes.inputs import is_autonamed, with_texts_as_data
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.replacements import frozen_paths, is_frozen
from rehearsal.plugins.provider import ADD, DELETE, UPDATE, Diff
from rehearsal.plugins.wire import Properties, Value


@dataclass(frozen=True, kw_only=True)
class Mutable:
    """Changes that the provider's settings allow in an update."""

    secrets: bool = False
    config_maps: bool = False


def compare(
    kind: Kind,
    olds: Properties,
    news: Properties,
    mutable: Mutable,
    *,
    live: Properties | None = None,
    ignored: Sequence[str] = (),
) -> Diff:
    """The difference between an object and its checked inputs of now.

    Args:
        kind: Its kind.
        olds: Checked inputs of last time.
        news: Checked inputs of now.
        mutable: Changes that the provider's settings allow in an update.
        live: The object as it was last seen. What it has at the places of ``olds`` counts, so that after an update that
            failed half-way the way back shows as a change.
        ignored: Property paths whose changes count for nothing, with all below them.
    """
    before = with_texts_as_data(kind, olds)
    if live:
        before = live_inputs(before, live)
    after = with_texts_as_data(kind, news)
    found = [change for change in _changes(before, after) if not _is_ignored(change.path, ignored)]
    frozen = frozen_paths(kind, after, secrets_change=mutable.secrets, config_maps_change=mutable.config_maps)
    replaces = [change.path for change in found if is_frozen(change.path, change.new, frozen)]
    replaces += [change.path for change in found if change.path == "metadata" and change.what == DELETE]
    return Diff(
        diffs=sorted({re.split(r"[.\[]", change.path, maxsplit=1)[0] for change in found}),
        replaces=replaces,
        delete_before_replace=bool(replaces) and same_place(before, after),
        detailed={change.path: change.what for change in found},
    )


@dataclass(frozen=True, kw_only=True)
class _Change:
    path: str
    what: str
    new: Value = None


def changes(old: Value, new: Value) -> Iterator[tuple[str, str]]:
    """Paths of the leaves that differ, as ``spec.containers[0].image``, with what happened to them."""
    for change in _changes(old, new):
        yield change.path, change.what


def _changes(old: Value, new: Value, path: str = "") -> Iterator[_Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            where = _join(path, key)
            if key not in new or (new[key] is None and old.get(key) is not None):
                yield _Change(path=where, what=DELETE)
            elif key not in old or (old[key] is None and new[key] is not None):
                yield _Change(path=where, what=ADD, new=new[key])
            else:
                yield from _changes(old[key], new[key], where)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            where = f"{path}[{index}]"
            if index >= len(new):
                yield _Change(path=where, what=DELETE)
            elif index >= len(old):
                yield _Change(path=where, what=ADD, new=new[index])
            else:
                yield from _changes(old[index], new[index], where)
    elif old != new:
        yield _Change(path=path, what=UPDATE, new=new)


def _is_ignored(path: str, ignored: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")) for prefix in ignored)


def same_place(olds: Properties, news: Properties) -> bool:
    """Return whether old and new cannot stand side by side: a name that was given, and the same one."""
    before, after = olds.get("metadata") or {}, news.get("metadata") or {}
    if is_autonamed(news) or not isinstance(after, dict) or not isinstance(before, dict):
        return False
    return (before.get("namespace"), before.get("name")) == (after.get("namespace"), after.get("name"))


def _join(path: str, key: str) -> str:
    # Pulumi's property paths quote a key that itself holds a dot: metadata.labels["app.kubernetes.io/name"].
    if re.fullmatch(r"[A-Za-z_][\w-]*", key):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'
