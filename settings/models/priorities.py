"""Settings of which service goes before which when nodes have no room for both."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from planner.shown import as_yaml
from settings.models.base import SettingsModel

Priority = Literal["low", "normal", "high"]
"""Priority of a service; normal is that of pods without a PriorityClass."""
ClassedPriority = Literal["low", "high"]
"""A priority that has a PriorityClass."""


def _once(names: tuple[ClassedPriority, ...]) -> tuple[ClassedPriority, ...]:
    if len(set(names)) != len(names):
        raise ValueError(f"names one twice: write each once, such as {as_yaml(sorted(set(names)))}")
    return names


class PrioritySettings(SettingsModel):
    """PriorityClasses of services, for the whole cluster."""

    teams: Annotated[tuple[ClassedPriority, ...], AfterValidator(_once)] = ("low",)
    """Priorities beside normal that services of team stacks may have; a quota in their namespaces refuses others."""
