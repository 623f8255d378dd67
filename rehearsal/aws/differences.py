"""Differences between the old and the new inputs of a resource, and those that replace it."""

from collections.abc import Mapping

from rehearsal.aws.shapes import same_json
from rehearsal.aws.spec import ResourceSpec
from rehearsal.plugins.provider import ADD, DELETE, UPDATE, Diff
from rehearsal.plugins.wire import Properties, Value

_NO_INPUT = frozenset({"__defaults", "tagsAll"})


def difference(spec: ResourceSpec, old: Properties, new: Properties, ignored: list[str]) -> Diff:
    """Compare two sets of inputs."""
    skipped = {path.split(".")[0].split("[")[0] for path in ignored if "." not in path and "[" not in path}
    keys = sorted(({*old, *new} - _NO_INPUT) - skipped)
    detailed: dict[str, str] = {}
    for key in keys:
        _compare(key, old.get(key), new.get(key), detailed)
    paths = set(detailed)
    diffs = sorted({path.split(".")[0].split("[")[0] for path in paths})
    replaces = sorted({key for key in spec.replace | {"region"} if _touches(key, paths, diffs)})
    return Diff(
        diffs=diffs,
        replaces=replaces,
        detailed=detailed,
        delete_before_replace=bool(replaces) and _keeps_its_name(spec, old, new),
    )


def computed_kept(old_inputs: Properties, old_outputs: Properties, new: Properties) -> Properties:
    """The outputs ``new`` of an update's preview, with those that AWS computed before, nested ones too.

    As in Terraform's plan, where a computed attribute keeps its prior value unless the provider marks it as changing.
    """
    computed = {key: value for key, value in old_outputs.items() if key not in old_inputs}
    return computed | {key: _with_parts(old_inputs.get(key), old_outputs.get(key), value) for key, value in new.items()}


def _with_parts(old_input: Value, old_output: Value, new: Value) -> Value:
    if not (isinstance(old_input, Mapping) and isinstance(old_output, Mapping) and isinstance(new, Mapping)):
        return new
    return {key: value for key, value in old_output.items() if key not in old_input} | dict(new)


def _touches(key: str, paths: set[str], diffs: list[str]) -> bool:
    if "." not in key:
        return key in diffs
    # Only a part of the property forces a replacement; a difference of the whole of it does too.
    return any(path == key or path.startswith((f"{key}.", f"{key}[")) or key.startswith(f"{path}.") for path in paths)


def _keeps_its_name(spec: ResourceSpec, old: Properties, new: Properties) -> bool:
    """Return whether the new resource would have the name of the old one, which must then go first."""
    if not spec.name or spec.name in (new.get("__defaults") or []):
        return False
    return same_json(old.get(spec.name), new.get(spec.name))


def _compare(path: str, old: Value, new: Value, found: dict[str, str]) -> None:
    if old is None and new is None:
        return
    if same_json(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            step = f"{path}.{key}" if str(key).isidentifier() else f'{path}["{key}"]'
            _compare(step, old.get(key), new.get(key), found)
        return
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            _compare(f"{path}[{index}]", one, other, found)
        return
    found[path] = ADD if old is None else DELETE if new is None else UPDATE
