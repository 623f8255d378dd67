"""Registry of the kinds of services: the value of ``kind`` in a service's settings to the component that deploys it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import pulumi

from components.serving.context import ServiceArgs
from components.serving.ollama.service import OllamaService
from components.serving.vllm.service import VllmService


class Service(Protocol):
    """The component of one service."""

    outputs: Mapping[str, pulumi.Output[str]]
    """Its outputs; the stack exports each as ``SERVICE_OUTPUT``, such as ``chat_url``; ``url`` is one of every kind."""


Builder: TypeAlias = Callable[[str, ServiceArgs[Any], pulumi.ResourceOptions | None], Service]

BUILDERS: Mapping[str, Builder] = {"vllm": VllmService, "ollama": OllamaService}
"""A further kind is one entry here, beside its settings model."""
