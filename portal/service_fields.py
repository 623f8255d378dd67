"""Fields of a service's settings that teams can request, read from the settings models: types, bounds, help, defaults.

A setting takes part when its model marks it with ``Requestable``. The API's schemas and the service form are made of
these fields, so that a new setting is one edit in ``settings/models``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from settings.models.base import Requestable, SettingsModel
from settings.models.services.base import DEFAULT_KIND
from settings.validation.kinds import KINDS

Input = Literal["text", "number", "choice", "switch", "yes-no", "list", "options"]
"""How a form takes a value; ``options`` are names with values, one a line."""


@dataclass(frozen=True, kw_only=True)
class ServiceField:
    """One setting of a service, as a team can request it."""

    path: tuple[str, ...]
    """Keys from the service's settings down, such as weights and size_gib."""
    label: str
    help: str
    """The setting's description."""
    type: Any
    """Annotation with the validators, without None."""
    input: Input
    required: bool
    default: Any = None
    """None where there is none."""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    only_for: tuple[str, frozenset[str]] | None = None
    """Name of another field and those of its values with which this one is a setting; None for always."""
    stated: bool = False
    """Whether the settings must state it even where it is the default of a request."""

    @property
    def name(self) -> str:
        """The last key; no two fields have the same."""
        return self.path[-1]

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return _plain(self.type) is int

    def read(self, settings: Mapping[str, Any]) -> Any:
        """Return the value in a service's settings; None where they do not state it."""
        value: Any = settings
        for key in self.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def write(self, settings: dict[str, Any], value: Any) -> None:
        """Set the value in a service's settings."""
        for key in self.path[:-1]:
            settings = settings.setdefault(key, {})
        settings[self.name] = value


@cache
def service_fields(kind: str = DEFAULT_KIND) -> tuple[ServiceField, ...]:
    """Return the fields of a kind of service, in the order of its model."""
    return tuple(_fields_of(KINDS[kind].settings, ()))


def service_field(name: str) -> ServiceField:
    """Return the field of the default kind with this name.

    Raises:
        KeyError: it has no such field.
    """
    return {field.name: field for field in service_fields()}[name]


def every_field() -> tuple[ServiceField, ...]:
    """Return the fields of all kinds; one that several have, with the types and bounds of all of them."""
    found: dict[tuple[str, ...], ServiceField] = {}
    for kind in KINDS:
        of_kind = {field.path: field for field in service_fields(kind)}
        for path, field in of_kind.items():
            found[path] = _merged(found[path], field) if path in found else field
        # Required by one kind only: its own settings model asks for it.
        for path in found.keys() - of_kind.keys():
            found[path] = replace(found[path], required=False)
    return tuple(found.values())


def request_model(name: str, fields: tuple[ServiceField, ...], base: type[BaseModel]) -> type[BaseModel]:
    """Make the schema of a request from fields; a nested setting is a schema of its own.

    What has a default can be omitted or null.
    """
    made: dict[str, Any] = {}
    nested = dict.fromkeys(field.path[0] for field in fields if len(field.path) > 1)
    for field in fields:
        if len(field.path) == 1:
            made[field.name] = _definition(field)
    for key in nested:
        below = tuple(replace(field, path=field.path[1:]) for field in fields if field.path[0] == key)
        inner = request_model(f"{key.capitalize()}Request", below, base)
        made[key] = (inner, Field(default=inner(), description=(inner.__doc__ or "").strip()))
    return create_model(name, __base__=base, **made)


def _definition(field: ServiceField) -> tuple[Any, FieldInfo]:
    if field.required:
        return field.type, Field(description=field.help)
    return field.type | None, Field(default=field.default, description=field.help)


def _merged(one: ServiceField, other: ServiceField) -> ServiceField:
    """Return a field that takes what either takes."""
    required = one.required and other.required
    default = one.default if one.default == other.default else None
    if one.type == other.type:
        return replace(one, required=required, default=default)
    minimum = None if None in {one.minimum, other.minimum} else min(one.minimum or 0, other.minimum or 0)
    maximum = None if None in {one.maximum, other.maximum} else max(one.maximum or 0, other.maximum or 0)
    # Without the validators of either: the settings model of the kind has them.
    plain: Any = Union[_plain(one.type), _plain(other.type)]  # noqa: UP007  of values
    return replace(
        one,
        type=plain if minimum is maximum is None else Annotated[plain, Field(ge=minimum, le=maximum)],
        required=required,
        default=default,
        minimum=minimum,
        maximum=maximum,
        choices=tuple(dict.fromkeys((*one.choices, *other.choices))),
    )


def _fields_of(model: type[SettingsModel], path: tuple[str, ...]) -> Iterator[ServiceField]:
    for name, info in model.model_fields.items():
        members = _models_in(info.annotation)
        if members:
            # All of a setting that may be absent can be left open; its model says what belongs together.
            absent = NoneType in get_args(info.annotation)
            fields = _nested(members, (*path, name))
            yield from (replace(field, required=False) for field in fields) if absent else fields
            continue
        marker = next((item for item in info.metadata if isinstance(item, Requestable)), None)
        if marker is not None:
            yield _field(info, marker, (*path, name))


def _nested(members: tuple[type[SettingsModel], ...], path: tuple[str, ...]) -> Iterator[ServiceField]:
    """Yield the fields of a nested setting; of a union the fields of all members."""
    if len(members) == 1:
        yield from _fields_of(members[0], path)
        return
    by_member = [{field.name: field for field in _fields_of(member, path)} for member in members]
    names = dict.fromkeys(name for fields in by_member for name in fields)
    shared = [name for name in names if all(name in fields for fields in by_member)]
    tag = next((name for name in shared if all(fields[name].input == "choice" for fields in by_member)), None)
    if tag is None:
        # Which member is meant cannot be requested: only what all have.
        yield from (by_member[0][name] for name in shared)
        return
    for name in (tag, *(name for name in names if name != tag)):
        having = [fields for fields in by_member if name in fields]
        field = having[0][name]
        if name == tag:
            choices = tuple(choice for fields in having for choice in fields[name].choices)
            yield replace(
                field, choices=choices, type=Literal[choices], required=False, default=choices[0], stated=True
            )
        elif len(having) < len(members):
            of = frozenset(choice for fields in having for choice in fields[tag].choices)
            # Required with these values only: the settings model asks for it.
            yield replace(field, only_for=(tag, of), required=False)
        else:
            yield field


def _field(info: FieldInfo, marker: Requestable, path: tuple[str, ...]) -> ServiceField:
    plain = _without_none(info.annotation)
    kept = [item for item in info.metadata if not isinstance(item, Requestable)]
    annotation = Annotated[(plain, *kept)] if kept else plain
    required = info.is_required()
    default = None if required else info.get_default(call_default_factory=True)
    return ServiceField(
        path=path,
        label=marker.label,
        help=" ".join((info.description or "").split()),
        type=annotation,
        input=_input_of(plain, optional=plain is not info.annotation),
        required=required,
        default=None if default in ((), {}) else default,
        minimum=_minimum(kept),
        maximum=_maximum(kept),
        choices=tuple(str(choice) for choice in get_args(plain)) if get_origin(plain) is Literal else (),
    )


def _input_of(annotation: Any, *, optional: bool) -> Input:
    annotation = _plain(annotation)
    origin = get_origin(annotation)
    by_origin: Mapping[Any, Input] = {Literal: "choice", dict: "options", tuple: "list"}
    if origin in by_origin:
        return by_origin[origin]
    if annotation is bool:
        return "yes-no" if optional else "switch"
    return "number" if annotation in {int, float} else "text"


def _plain(annotation: Any) -> Any:
    """Return an annotation without its validators."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _minimum(metadata: list[Any]) -> float | None:
    """Return the lower bound of a number; an exclusive one as it is, for forms know no other."""
    found: list[Any] = [item.ge if isinstance(item, Ge) else item.gt for item in metadata if isinstance(item, Ge | Gt)]
    return found[0] if found else None


def _maximum(metadata: list[Any]) -> float | None:
    found: list[Any] = [item.le if isinstance(item, Le) else item.lt for item in metadata if isinstance(item, Le | Lt)]
    return found[0] if found else None


def _models_in(annotation: Any) -> tuple[type[SettingsModel], ...]:
    """Return the settings models that an annotation is made of."""
    if isinstance(annotation, type):
        return (annotation,) if issubclass(annotation, SettingsModel) else ()
    if get_origin(annotation) in {dict, tuple, Literal}:
        return ()
    return tuple(model for argument in get_args(annotation) for model in _models_in(argument))


def _without_none(annotation: Any) -> Any:
    members = get_args(annotation)
    if NoneType not in members:
        return annotation
    rest = tuple(member for member in members if member is not NoneType)
    return Union[rest]  # noqa: UP007  of values
