"""Errors of reading how weights are quantized."""

from planner.model.keys import UnreadableConfigError


class UnknownQuantizationError(ValueError):
    """A quantization method that the planner does not model; the message names it."""


class UnreadableQuantizationError(UnreadableConfigError):
    """A ``quantization_config`` with a value of the wrong kind; the message names key and value."""
