"""Where a checkpoint describes its quantization: keys of ``config.json``, or ``hf_quant_config.json`` beside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.checkpoint import CONFIG, of_checkpoint
from planner.model.quantization.foreign import is_mlx, read_mlx
from planner.model.quantization.modelopt import MIXED
from planner.model.quantization.quantization import UNQUANTIZED, Quantization

BESIDE = "hf_quant_config.json"
OWN_FILE = "own_file"
"""Trait of a quantization that only the file beside ``config.json`` describes."""
_COMPRESSION = "compression_config"


def needs_file_beside(config: Mapping[str, Any]) -> bool:
    """Whether a ``config.json`` lacks what vLLM then looks for in ``hf_quant_config.json``."""
    described = config.get(CONFIG)
    return described is None or (isinstance(described, Mapping) and _lacks_layers(described))


def with_file_beside(config: Mapping[str, Any], beside: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The configuration together with the content of ``hf_quant_config.json``, for :func:`of_files`."""
    return config if beside is None else {**config, BESIDE: beside}


def of_files(config: Mapping[str, Any], text: Mapping[str, Any]) -> Quantization:
    """How the weights of a checkpoint are quantized.

    The places are looked at in vLLM's order (``transformers_utils/config.py`` and ``model_loader/weight_utils.py`` of
    0.32): the key of ``config.json``, the file beside it, the key of the language model's part, ``compression_config``.

    Args:
        config: ``config.json``, with the file beside it (:func:`with_file_beside`) where there is one.
        text: The language model's part of it, or the same.

    Raises:
        UnknownQuantizationError: nothing is known of its method.
        UnreadableQuantizationError: a value in it is of the wrong kind.
    """
    beside = values.mapping(config.get(BESIDE), BESIDE)
    places = [(CONFIG, config.get(CONFIG)), (BESIDE, beside or None), (CONFIG, text.get(CONFIG))]
    places += [(_COMPRESSION, each.get(_COMPRESSION)) for each in (config, text)]
    where, found = next(((where, given) for where, given in places if given is not None), ("", None))
    if found is None:
        own = config.get("quantization")
        return read_mlx(own, "quantization") if isinstance(own, Mapping) and is_mlx(own) else UNQUANTIZED
    described = values.mapping(found, where)
    if where == BESIDE:
        return _of_own_file(described, text)
    return of_checkpoint(_with_layers(described, beside), text, where=where)


def _of_own_file(beside: Mapping[str, Any], text: Mapping[str, Any]) -> Quantization:
    inner = values.mapping(beside.get("quantization"), f"{BESIDE}.quantization")
    if "quant_algo" in inner and inner["quant_algo"] is None:
        return UNQUANTIZED  # scales of the KV cache alone; vLLM finds no method and computes in 16 bits
    return replace(of_checkpoint(beside, text, where=BESIDE), traits=frozenset({OWN_FILE}))


def _with_layers(described: Mapping[str, Any], beside: Mapping[str, Any]) -> Mapping[str, Any]:
    """The map of layers from the file beside it, where ``config.json`` says that there are several formats and not which."""
    if not _lacks_layers(described):
        return described
    inner = values.mapping(beside.get("quantization"), f"{BESIDE}.quantization")
    return {**described, "quantized_layers": inner.get("quantized_layers")}


def _lacks_layers(described: Mapping[str, Any]) -> bool:
    return str(described.get("quant_algo")).upper() == MIXED and "quantized_layers" not in described
