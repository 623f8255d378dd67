"""The service form: from its fields to a request, and from settings to its fields."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData, QueryParams

from portal import numbers
from portal.errors import InvalidError
from portal.operations.schemas import NewServiceRequest, ServiceRequest
from portal.proposals import Placement, Planner, Proposal
from portal.web import form_fields
from settings.derived.platform_facts import PlatformFacts

_FEWEST_TOKENS, _MOST_TOKENS = 16, 10_485_760
_MOST_CONCURRENCY = 100_000
_MOST_OPTIONS = 50
_PLAIN = ("model", "pool", "max_model_len", "replicas", "tensor_parallel", "dtype", "quantization",
          "gpu_memory_utilization")  # fmt: skip
_OWN = ("team", "platform", "name", "ttl_hours")
_SPECIAL = ("quantization", "dtype", "gpu_memory_utilization", "size_gib", "revision", "gated", "prefix", "options")
Values = Mapping[str, str]


def values(given: FormData | QueryParams) -> dict[str, str]:
    """The fields' texts, without spaces around them."""
    return {name: value.strip() for name, value in given.items() if isinstance(value, str)}


def number(given: Values, name: str, most: int) -> int | None:
    """A field's whole number from 1 to ``most``; None when it holds anything else."""
    found = numbers.whole(given.get(name, ""))
    return found if found is not None and 0 < found <= most else None


def special(given: Values) -> bool:
    """Whether anything is said of weights or vLLM's options: that part of the form is then open."""
    return given.get("source") == "bucket" or any(given.get(name) for name in _SPECIAL)


def concurrency(given: Values) -> int:
    """How many of the longest requests shall fit at once; one when nothing sensible is said."""
    return number(given, "concurrency", _MOST_CONCURRENCY) or 1


def proposal(given: Values, planner: Planner, facts: PlatformFacts, platform: str) -> Proposal | None:
    """What the planner proposes for what is filled in so far; None while model or length are missing."""
    model, context = given.get("model", "")[:200], number(given, "max_model_len", _MOST_TOKENS)
    if not model or context is None or context < _FEWEST_TOKENS:
        return None
    return planner.propose(model, context, concurrency(given), platform, facts)


def completed(given: Values, found: Proposal | None) -> dict[str, str]:
    """The fields with what the planner proposes in those that were left to it.

    Raises:
        InvalidError: the pool was left to it, and it has no choice to offer.
    """
    if given.get("pool"):
        return _filled(given, _on_chosen_pool(given, found))
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
    """The fields as these settings fill them in."""
    weights, endpoint = spec["weights"], spec.get("endpoint", {})
    # One GPU a replica is not among the settings, but it is what the service has: not the planner's to change.
    found = {"tensor_parallel": "1"} | {name: str(spec[name]) for name in _PLAIN if name in spec}
    found |= {name: str(weights[name]) for name in ("source", "size_gib", "prefix", "revision") if weights.get(name)}
    gated = weights.get("gated")
    return found | {
        "gated": "" if gated is None else "yes" if gated else "no",
        "mirror": "on" if weights.get("mirror") else "",
        "scheme": endpoint.get("scheme", "internal"),
        "source_ranges": ", ".join(endpoint.get("source_ranges", ())),
        "options": "\n".join(f"{name}={json.dumps(value)}" for name, value in spec.get("args", {}).items()),
    }


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
    source = given.get("source") or "hub"
    weights: dict[str, Any] = {
        "source": source,
        "size_gib": given.get("size_gib"),
        "revision": given.get("revision"),
        "gated": {"yes": True, "no": False}.get(given.get("gated", "")),
    }
    if source == "bucket":
        weights |= {"prefix": given.get("prefix"), "mirror": given.get("mirror") == "on"}
    ranges = given.get("source_ranges", "").replace(",", " ").split()
    return {
        **{name: given.get(name) for name in _PLAIN},
        "weights": {name: value for name, value in weights.items() if value not in {"", None}},
        "args": _options(given.get("options", "")),
        "endpoint": {"scheme": given.get("scheme") or "internal", "source_ranges": ranges},
    }


def _options(text: str) -> dict[str, Any]:
    """Options of ``vllm serve``, one a line: ``name`` alone is a switch, ``name=value`` has a value.

    Raises:
        InvalidError: a line is neither, or there are too many.
    """
    found: dict[str, Any] = {}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_OPTIONS:
        raise InvalidError(f"options: {len(lines)} lines, {_MOST_OPTIONS} at most")
    for line in lines:
        name, equals, value = line.removeprefix("--").partition("=")
        if not name.strip():
            raise InvalidError(f"options: {line!r} has no name: write NAME or NAME=VALUE, one a line")
        found[name.strip()] = _value(value.strip()) if equals else True
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise InvalidError(f"options: {text[:20]}... is nested too deep: use fewer levels") from None
    except ValueError:
        return text
