"""The kinds of services: for each its settings, its issues and warnings, what its memory holds, and how long its start takes.

A further kind is a model in ``settings/models/services/``, a file here and a line of :data:`KINDS`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from planner.shown import as_yaml
from settings.derived.ollama_timing import ollama_timing
from settings.derived.plan import StackPlan
from settings.derived.timeouts import Timing, service_timing
from settings.models.pools import PoolFacts
from settings.models.services.base import DEFAULT_KIND, ServiceSettings
from settings.models.services.ollama import OllamaSettings
from settings.models.services.vllm import VllmSettings
from settings.validation.ollama import check_ollama, ollama_fit_line, ollama_warnings
from settings.validation.partial import PartialSettings
from settings.validation.vllm import check_vllm, vllm_fit_line, vllm_warnings

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[S]):
    """One kind of service."""

    settings: type[S]
    """Its settings."""
    check: Callable[[PartialSettings, str, S], None]
    """Adds the issues of the service of a name; what holds for every kind is in ``services.py``."""
    warnings: Callable[[str, S, StackPlan], Iterator[tuple[str, str]]]
    """Key below the service and message of each warning, for the service of a name."""
    fit_line: Callable[[str, S, StackPlan], str | None]
    """What a replica's memory holds, for the service of a name, in one line; None where it is not estimated."""
    timing: Callable[[S, PoolFacts], Timing]
    """How long a start on its pool may take; the plan has it of each service."""


KINDS: Mapping[str, Kind[Any]] = MappingProxyType(
    {
        "vllm": Kind(
            settings=VllmSettings,
            check=check_vllm,
            warnings=vllm_warnings,
            fit_line=vllm_fit_line,
            timing=service_timing,
        ),
        "ollama": Kind(
            settings=OllamaSettings,
            check=check_ollama,
            warnings=ollama_warnings,
            fit_line=ollama_fit_line,
            timing=ollama_timing,
        ),
    }
)


class UnknownKindError(ValueError):
    """No kind of service has this name; the message lists those there are."""


def settings_model(service: object) -> type[ServiceSettings]:
    """The settings model of a service in plain data, by its ``kind``.

    Raises:
        UnknownKindError: its kind is none of those there are.
    """
    kind = service.get("kind", DEFAULT_KIND) if isinstance(service, Mapping) else DEFAULT_KIND
    if not isinstance(kind, str) or kind not in KINDS:
        raise UnknownKindError(f"is {as_yaml(kind)}: choose from {', '.join(KINDS)}")
    return KINDS[kind].settings


def read_service(service: Mapping[str, Any]) -> ServiceSettings:
    """The settings of one service from plain data.

    Raises:
        UnknownKindError: its kind is none of those there are.
        ValidationError: they have mistakes.
    """
    return settings_model(service).model_validate(dict(service))
