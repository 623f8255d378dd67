"""The service form: from its fields to a request, and from settings to its fields; the fields come from the settings."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData, QueryParams

from portal import numbers
from portal.errors import ConflictError, InvalidError
from portal.operations.schemas import MOST_OPTIONS, NewServiceRequest, ServiceRequest
from portal.proposals import Placement, Planner, Proposal
from portal.service_fields import ServiceField, service_field, service_fields
from portal.stored_settings import refusals
from portal.web import form_fields
from settings.derived.platform_facts import PlatformFacts
from settings.models.services.base import DEFAULT_KIND, kind_stated
from settings.validation.kinds import KINDS

_MOST_CONCURRENCY = 100_000
_OWN = ("team", "platform", "name", "ttl_hours")
_LENGTH = service_field("max_model_len")
PROPOSED = frozenset({"pool", "tensor_parallel", "replicas", "quantization"})
"""Fields that the planner fills in when they are left open."""
AT_GATEWAY = frozenset({"own", "input_usd", "output_usd"})
"""Settings that mean something on a platform with a gateway only."""
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "what": ("model", "max_model_len"),
    "where": ("pool", "replicas", "tensor_parallel"),
    "access": ("own", "scheme", "source_ranges"),
}
_REST = "more"
"""Section of every other setting."""
Values = Mapping[str, str]


def values(given: FormData | QueryParams) -> dict[str, str]:
    """The fields' texts, without spaces around them."""
    return {name: value.strip() for name, value in given.items() if isinstance(value, str)}


def number(given: Values, name: str, most: int) -> int | None:
    """A field's whole number from 1 to ``most``; None when it holds anything else."""
    found = numbers.whole(given.get(name, ""))
    return found if found is not None and 0 < found <= most else None


def kind_of(given: Values) -> str:
    """Return the kind of service the form is for; the default kind where it names none there is."""
    kind = given.get("kind", "")
    return kind if kind in KINDS else DEFAULT_KIND


def sections(kind: str, *, gateway: bool = True) -> dict[str, list[ServiceField]]:
    """Return the settings of a kind by section of the form; a setting that no section names is in the last one.

    Args:
        kind: Kind of service.
        gateway: Whether a platform has a gateway; without one the settings that only it needs are not there.
    """
    left = {field.name: field for field in service_fields(kind) if gateway or field.name not in AT_GATEWAY}
    found = {name: [left.pop(each) for each in names if each in left] for name, names in _SECTIONS.items()}
    return found | {_REST: list(left.values())}


def special(given: Values) -> bool:
    """Whether any setting of the last section is given: it is then open."""
    rest = sections(kind_of(given))[_REST]
    return any(given.get(field.name, "") not in {"", str(field.default)} for field in rest)


def concurrency(given: Values) -> int:
    """Return how many of the longest requests must fit at once; 1 when the field has no such number."""
    return number(given, "concurrency", _MOST_CONCURRENCY) or 1


def proposal(given: Values, planner: Planner, facts: PlatformFacts, platform: str) -> Proposal | None:
    """Return the planner's proposal for what is filled in so far; None while model or length are missing."""
    if kind_of(given) != DEFAULT_KIND:
        return None
    model, context = given.get("model", "")[:200], number(given, _LENGTH.name, int(_LENGTH.maximum or numbers.LARGEST))
    if not model or context is None or context < (_LENGTH.minimum or 1):
        return None
    return planner.propose(model, context, concurrency(given), platform, facts)


def completed(given: Values, found: Proposal | None) -> dict[str, str]:
    """The fields with what the planner proposes in those that were left to it.

    Raises:
        InvalidError: the pool was left to it, and it has no choice to offer.
    """
    if given.get("pool"):
        return _filled(given, _on_chosen_pool(given, found))
    if kind_of(given) != DEFAULT_KIND:
        raise InvalidError("pool: is missing: choose one")
    if found is None:
        raise InvalidError("model, max_model_len: are missing, and the pool is left to the planner")
    if not found.known:
        raise InvalidError(
            f"pool: is left to the planner, which does not know {found.model}: choose pool, GPUs and replicas yourself"
        )
    if (best := found.best) is None:
        raise InvalidError(*(f"pool: {line}" for line in found.ruled_out or ("the platform has no GPUs",)))
    return _filled(given, best)


def new(given: Values) -> NewServiceRequest:
    """Return the requested service.

    Raises:
        InvalidError: the fields make no sense; a line for each mistake.
    """
    return form_fields.parse(NewServiceRequest, **_service(given), **{name: given.get(name) for name in _OWN})


def changed(given: Values) -> ServiceRequest:
    """Other settings for a service that is there.

    Raises:
        InvalidError: the fields make no sense; a line for each mistake.
    """
    return form_fields.parse(ServiceRequest, **_service(given))


def of_settings(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields as these settings fill them in.

    Raises:
        ConflictError: they are of a kind that this version of the program does not have.
    """
    kind = str(spec.get("kind", DEFAULT_KIND))
    if kind not in KINDS:
        raise ConflictError(*refusals(spec))
    found = kind_stated(kind)
    for field in service_fields(kind):
        value = field.read(spec)
        # A default that is not stated is what the service has: not the planner's to change.
        found[field.name] = _text(field, field.default if value is None and field.name in PROPOSED else value)
    return found


def _on_chosen_pool(given: Values, found: Proposal | None) -> Placement | None:
    """The planner's way on the pool that was chosen, with what else was said; None where it has none."""
    for choice in found.choices if found else ():
        as_said = given.get("tensor_parallel") in {None, "", str(choice.tensor_parallel)}
        if choice.pool == given["pool"] and (choice.quantization or "") == given.get("quantization", "") and as_said:
            return choice
    return None


def _filled(given: Values, best: Placement | None) -> dict[str, str]:
    if best is None:
        return dict(given)
    proposed = {
        "pool": best.pool,
        "tensor_parallel": str(best.tensor_parallel),
        "replicas": str(best.replicas),
        "quantization": best.quantization or "",
    }
    return {**given, **{name: given.get(name) or value for name, value in proposed.items()}}


def _service(given: Values) -> dict[str, Any]:
    kind = kind_of(given)
    found: dict[str, Any] = {**kind_stated(kind)}
    defaults = {field.name: field.default for field in service_fields(kind)}
    for field in service_fields(kind):
        if field.only_for is not None:
            other, values = field.only_for
            if (given.get(other) or defaults[other]) not in values:
                continue
        value = _value_of(field, given.get(field.name, ""))
        if value is not None:
            field.write(found, value)
    return found


def _value_of(field: ServiceField, text: str) -> Any:
    """Return what a field's text states; None where it is empty. Numbers stay texts: the schema reads and checks them.

    Raises:
        InvalidError: it has options that are none.
    """
    match field.input:
        case "switch":
            return True if text == "on" else None
        case "yes-no":
            return {"yes": True, "no": False}.get(text)
        case "list":
            return text.replace(",", " ").split() or None
        case "options":
            return _options(field.name, text) or None
        case _:
            return text or None


def _text(field: ServiceField, value: Any) -> str:
    if value is None:
        return ""
    match field.input:
        case "switch":
            return "on" if value else ""
        case "yes-no":
            return "yes" if value else "no"
        case "list":
            return ", ".join(value)
        case "options":
            return "\n".join(f"{name}={json.dumps(each)}" for name, each in value.items())
        case _:
            return str(value)


def _options(field: str, text: str) -> dict[str, Any]:
    """Options of ``vllm serve``, one a line: ``name`` alone is a switch, ``name=value`` has a value.

    Raises:
        InvalidError: a line is neither, or there are too many.
    """
    found: dict[str, Any] = {}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_OPTIONS:
        raise InvalidError(f"{field}: {len(lines)} lines, {MOST_OPTIONS} at most")
    for line in lines:
        name, equals, value = line.removeprefix("--").partition("=")
        if not name.strip():
            raise InvalidError(f"{field}: {line!r} has no name: write NAME or NAME=VALUE, one a line")
        found[name.strip()] = _json(field, value.strip()) if equals else True
    return found


def _json(field: str, text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise InvalidError(f"{field}: {text[:20]}... is nested too deep: use fewer levels") from None
    except ValueError:
        return text
