"""Issues of settings: one line each, with the full key and the fix."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from planner.shown import as_yaml, one_line
from settings.models.base import NAMESPACE, SettingsModel
from settings.models.plain_values import PlainKinds

Key = str | int
_PLAIN_KEY = re.compile(r"[^\s\"]+")
"""A key that needs no quotes."""
_LONGEST_KEY = 100
_LONGEST_MESSAGE = 1000

_WHOLE = "is {given}: write a whole number"
_NUMBER = "is {given}: write a number"
_LIST = "is {given}: write a list, [one, another]"
_MAP = "is {given}: write a map, KEY: VALUE"
_PLAIN = {
    "greater_than_equal": "is {given}: {ge} at least",
    "greater_than": "is {given}: more than {gt}",
    "less_than_equal": "is {given}: {le} at most",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "string_type": "is {given}: write text",
    "string_too_short": "is empty: write text, or omit it",
    "too_long": "has {actual_length} items: {max_length} at most",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAP,
    "model_type": _MAP,
    "model_attributes_type": _MAP,
}
"""Pydantic's type of error to our message, where its own lacks the fix."""


@dataclass(frozen=True, order=True)
class Issue:
    """One issue of one setting: an error, or a warning."""

    path: str
    """Key below the namespace, such as ``pools.g5.instance_types[0]``."""
    message: str
    """What is wrong there, and the fix."""
    namespace: str = NAMESPACE
    """Namespace of the key; another than the program's own for what is set for a provider, such as ``aws``."""

    def __post_init__(self) -> None:
        """Keep the message on one line that a terminal shows as it is."""
        object.__setattr__(self, "message", one_line(self.message, longest=_LONGEST_MESSAGE))

    def __str__(self) -> str:
        """The line people read."""
        return f"{self.namespace}:{self.path}: {self.message}"


class SettingsError(Exception):
    """The settings have issues; ``issues`` has all of them."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        """Keep every issue once, in the order of their keys."""
        self.issues = tuple(sorted(set(issues)))
        super().__init__("\n".join(map(str, self.issues)))


def join(*keys: Key) -> str:
    """Keys as Pulumi's ``--path`` writes them."""
    path = ""
    for given in keys:
        long = isinstance(given, str) and len(given) > _LONGEST_KEY
        key = f"{given[:_LONGEST_KEY]}..." if isinstance(given, str) and long else given
        if isinstance(key, int):
            path += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key) and key.isprintable():
            path += f".{key}" if path else key
        else:
            path += f"[{json.dumps(key)}]"
    return path


def validate(annotation: Any, value: object, at: Sequence[Key]) -> tuple[Any, list[Issue]]:
    """One value converted to its annotation (None if it is wrong), and every issue in it."""
    try:
        return TypeAdapter(Annotated[annotation, PlainKinds()]).validate_python(value), []
    except ValidationError as error:
        return None, [_problem(annotation, value, at, detail) for detail in error.errors(include_url=False)]


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The message for a key that is not a setting."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"
    return f"unknown setting: {hint}"


def _problem(annotation: object, value: object, at: Sequence[Key], detail: ErrorDetails) -> Issue:
    kind = detail["type"]
    keys = list(_keys_in(value, detail["loc"], missing=kind == "missing"))
    models = list(_models_at(annotation, detail["loc"][:-1]))
    context = detail.get("ctx", {})
    given = as_yaml(detail["input"])
    match kind:
        case "missing":
            message = f"is missing: {_description(models, str(detail['loc'][-1]))}"
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            elsewhere = next((model.of_others[key] for model in models if key in model.of_others), None)
            message = elsewhere or unknown_key(key, {name for model in models for name in model.model_fields})
        case "value_error":
            message = str(context["error"])
        case "literal_error":
            message = f"is {given}: choose from {context['expected'].replace(' or ', ', ').replace('True', 'true')}"
        case "union_tag_not_found" | "union_tag_invalid":
            tag = context["discriminator"].strip("'")
            keys.append(tag)
            choices = ", ".join(sorted(_tags(annotation, detail["loc"], tag)))
            is_wrong = "is missing" if kind == "union_tag_not_found" else f"is {as_yaml(context['tag'])}"
            message = f"{is_wrong}: choose from {choices}"
        case _:
            plain = _PLAIN.get(kind)
            own = f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {given}"
            message = plain.format(given=given, **context) if plain else own
    return Issue(join(*at, *keys), message)


def _keys_in(value: Any, location: Sequence[Key], *, missing: bool) -> Iterator[Key]:
    """The keys of the file in a location, which also names the members of unions."""
    for place, key in enumerate(location):
        in_map = isinstance(value, dict) and key in value
        if in_map or (isinstance(value, list | tuple) and isinstance(key, int)):
            value = value[key]
            yield key
        elif missing and place == len(location) - 1:
            yield key


def _models_at(annotation: object, location: Sequence[Key]) -> Iterator[type[SettingsModel]]:
    """The models that a location may mean."""
    models = list(_models_in(annotation))
    for key in location:
        named = [model for model in models if key in model.model_fields]
        tagged = [model for model in models if key in _tags_of(model)]
        if named:
            fields = [model.model_fields[str(key)] for model in named]
            models = [inner for field in fields for inner in _models_in((field.annotation, *field.metadata))]
        elif tagged:
            models = tagged
    yield from models


def _models_in(annotation: object) -> Iterator[type[SettingsModel]]:
    if isinstance(annotation, type) and issubclass(annotation, SettingsModel):
        yield annotation
    elif isinstance(annotation, tuple):
        for part in annotation:
            yield from _models_in(part)
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _models_in(part)


def _tags_of(model: type[SettingsModel]) -> set[object]:
    return {
        value
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
        for value in get_args(field.annotation)
        if field.is_required()
    }


def _tags(annotation: object, location: Sequence[Key], discriminator: str) -> set[str]:
    found: set[str] = set()
    for model in _models_at(annotation, location):
        if discriminator in model.model_fields:
            found |= set(map(str, get_args(model.model_fields[discriminator].annotation)))
    return found


def _description(models: Sequence[type[SettingsModel]], name: str) -> str:
    described = (model.model_fields[name].description for model in models if name in model.model_fields)
    return next((text for text in described if text), "give it a value").split(". ")[0].rstrip(".")
