"""From a plain mapping to settings as far as it is right: each field by itself, so that no issue hides another."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from settings.issues import unknown_key, validate
from settings.models.base import SettingsModel
from settings.models.pools import UnknownPoolError, pool_model
from settings.models.stack import PlatformSettings
from settings.validation.kinds import UnknownKindError, settings_model
from settings.validation.partial import PartialSettings

_BY_NAME = ("pools", "services")


def read_partial_settings(model: type[SettingsModel], partial: PartialSettings) -> None:
    """Validate each field of ``model`` on its own, and each pool and service, so that no issue hides another."""
    for key in partial.raw:
        if key not in model.model_fields:
            partial.add_issue(_unknown(str(key), model, partial), str(key))
    for key, info in model.model_fields.items():
        if key not in partial.raw:
            if info.is_required():
                partial.add_issue(f"is missing: {(info.description or key).rstrip('.')}", key)
            else:
                partial.values[key] = info.get_default(call_default_factory=True)
        elif key in _BY_NAME:
            _read_by_name(model, partial, key)
        else:
            annotation = _annotated(model, key)
            partial.values[key], problems = validate(annotation, partial.raw[key], [key])
            partial.issues += problems
            if problems:
                del partial.values[key]


def _unknown(key: str, model: type[SettingsModel], partial: PartialSettings) -> str:
    if partial.team and key in PlatformSettings.model_fields:
        return "is a setting of a platform stack, and `platform` makes this a team stack: set it there, or omit platform here"
    return unknown_key(key, model.model_fields)


def _read_by_name(model: type[SettingsModel], partial: PartialSettings, key: str) -> None:
    entries = partial.raw[key]
    if not isinstance(entries, Mapping):
        partial.add_issue("write a map, NAME: {...}", key)
        return
    name_annotation, _ = get_args(model.model_fields[key].annotation)
    partial.values[key] = {}
    for name, entry in entries.items():
        _, name_problems = validate(name_annotation, name, [key, str(name)])
        if not isinstance(name, str):
            partial.issues += name_problems
            continue
        try:
            annotation = settings_model(entry) if key == "services" else pool_model(entry)
        except UnknownKindError as error:
            partial.issues += name_problems
            partial.add_issue(str(error), key, name, "kind")
            continue
        except UnknownPoolError as error:
            partial.issues += name_problems
            partial.add_issue(str(error), key, name, error.key)
            continue
        value, problems = validate(annotation, entry, [key, str(name)])
        partial.issues += name_problems + problems
        if not (name_problems or problems):
            partial.values[key][name] = value


def _annotated(model: type[SettingsModel], key: str) -> Any:
    info = model.model_fields[key]
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
