"""Settings that a service was deployed with. A later version of the program may refuse them, and the service still runs."""

import math
from collections.abc import Mapping
from typing import Any

from settings.issues import validate
from settings.models.services.base import DEFAULT_KIND, ServiceSettings
from settings.validation.kinds import UnknownKindError, read_service, settings_model

Spec = Mapping[str, Any]


def read_stored(spec: Spec) -> ServiceSettings | None:
    """Return stored settings as this version reads them; None where it refuses them."""
    try:
        return read_service(spec)
    except ValueError:
        return None


def refusals(spec: Spec) -> list[str]:
    """Return why this version refuses stored settings, a line for each mistake; none where it takes them."""
    try:
        model = settings_model(spec)
    except UnknownKindError as error:
        return [f"kind: {error}"]
    issues = validate(model, dict(spec), ())[1]
    return [f"{issue.path}: {issue.message}" if issue.path else issue.message for issue in issues]


def gpus_of(spec: Spec) -> int:
    """Return the GPUs of a service, over all replicas, as its kind counts them; of refused settings what their numbers say."""
    service = read_stored(spec)
    if service is not None:
        return service.gpus * service.most_replicas
    autoscale = spec.get("autoscale")
    most = autoscale.get("max") if isinstance(autoscale, Mapping) else spec.get("replicas")
    return math.prod(map(_count, (most, spec.get("tensor_parallel"), spec.get("pipeline_parallel"))))


def needs_hub_token(spec: Spec) -> bool:
    """Return whether anything of a service downloads from the Hugging Face Hub with a token."""
    service = read_stored(spec)
    return service.needs_hub_token if service is not None else spec.get("gated") is True


def served_name(spec: Spec, name: str) -> str:
    """Return what clients send as ``model`` to a service called ``name``."""
    service = read_stored(spec)
    if service is not None:
        return service.served_name(name)
    of_model = spec.get("kind", DEFAULT_KIND) != DEFAULT_KIND
    return str(spec.get("model" if of_model else "served_model_name") or name)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 1
