"""Schemas of the requests for services: fields and limits; those of a service come from the settings models."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from portal.service_fields import every_field, request_model, service_field, service_fields
from settings.models.base import ServiceName
from settings.models.plain_values import StrictModel
from settings.models.services.base import DEFAULT_KIND, kind_stated
from settings.validation.kinds import KINDS

LONGEST_HOURS = 24 * 365 * 10
"""Beyond any setting of the portal; what it allows is checked where a time to live is set."""
MOST_OPTIONS = 50
"""Most names in a map of options."""
_Word = Annotated[str, Field(min_length=1, max_length=100)]
_REPLICAS = service_field("replicas")
_HTTP = 80


class _Request(StrictModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


_Settings: type[BaseModel] = request_model("Service", every_field(), _Request)


class ServiceRequest(_Settings):  # type: ignore[valid-type,misc]  # made of the settings models
    """One model endpoint. Settings that are not here, such as the image, are the platform's."""

    kind: Literal[tuple(KINDS)] = DEFAULT_KIND  # type: ignore[valid-type]  # the names of the registry
    """Kind of the service."""

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """Refuse options that are too many, or that PostgreSQL, which keeps true JSON only, would refuse."""
        if not isinstance(value, dict):
            return value
        if len(value) > MOST_OPTIONS:
            raise ValueError(f"{len(value)} entries, {MOST_OPTIONS} at most")
        try:
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except ValueError:
            raise ValueError("NaN, an infinity or half a character is not a value: remove it") from None
        return value

    def settings(self, port: int, *, gateway: bool = False, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the service's settings in the stack, without what is the default of its kind.

        Args:
            port: Port of a load balancer of its own.
            gateway: Whether the platform has a gateway: then a service has such a load balancer only where something says so.
            before: Its settings as they are; the port of a load balancer that is there stays.
        """
        given = self.model_dump(mode="json", exclude_none=True)
        found: dict[str, Any] = {**kind_stated(self.kind)}
        of_kind = {field.path: field for field in service_fields(self.kind)}
        for merged in every_field():
            # A field of another kind is kept: the settings model of this kind refuses it by name.
            field = of_kind.get(merged.path, merged)
            value = field.read(given)
            always = merged.path in of_kind and (field.stated or field.name == _REPLICAS.name)
            if value is None and always:
                value = field.default
            if value not in (None, [], {}) and (always or value != field.default):
                field.write(found, value)
        if "autoscale" in found:
            # Its bounds count in place of the number, which the form always has.
            found.pop(_REPLICAS.name, None)
        endpoint = found.get("endpoint", {})
        kept = (before or {}).get("endpoint", {}).get("port")
        balanced = endpoint.get("own") is not False and (not gateway or bool(kept or endpoint))
        if balanced and (kept or port) != _HTTP:
            found["endpoint"] = endpoint | {"port": kept or port}
        return found


class NewServiceRequest(ServiceRequest):
    """A service that is not there yet."""

    team: _Word
    """Whose it is."""
    platform: _Word
    """Where it runs."""
    name: ServiceName
    """Its name, a DNS label."""
    ttl_hours: int | None = Field(default=None, ge=1)
    """Hours it runs before it is destroyed; default as the portal is configured."""

    def service(self) -> ServiceRequest:
        """The part that is the service's own."""
        return ServiceRequest(**{name: getattr(self, name) for name in ServiceRequest.model_fields})


class ScaleRequest(_Request):
    """Another number of replicas."""

    replicas: int = Field(ge=_REPLICAS.minimum, le=_REPLICAS.maximum)
    """Pods that serve the model."""


class DestroyRequest(_Request):
    """Destroy of a service, with its name typed again against slips."""

    confirm: str = Field(max_length=100)
    """The service's name."""


class ExtendRequest(_Request):
    """More time: hours from now, or hours on top; one of the two."""

    hours: int | None = Field(default=None, ge=1, le=LONGEST_HOURS)
    """Hours from now until its end; never less than it has left."""
    more_hours: int | None = Field(default=None, ge=1, le=LONGEST_HOURS)
    """Hours by which its end moves."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.hours is None) == (self.more_hours is None):
            raise ValueError("give either hours (from now) or more_hours (on top of what it has left)")
        return self


class EndEarlierRequest(_Request):
    """Less time, with the name typed again against slips."""

    hours: int = Field(ge=1, le=LONGEST_HOURS)
    """Hours from now until its end; less than it has left."""
    confirm: str = Field(max_length=100)
    """The service's name."""


class DecisionRequest(_Request):
    """Decision of an approver."""

    comment: str = Field(default="", max_length=1000)
    """Shown to the requester."""
    preview: str | None = Field(default=None, max_length=64)
    """``preview`` of the change as it was seen: 409 where it has another one by now. None approves whatever it is."""


class ChatRequest(_Request):
    """One message to the model."""

    message: str = Field(min_length=1, max_length=8000)
    """Text of the message."""
