"""Whether a release of vLLM loads a model's class: by the registries of its releases (``planner/data/vllm-options.json``).

What vLLM has no class for it loads through Transformers, where the class there is compatible (``registry.py``,
``_try_resolve_transformers``): which that is in an image is not known, but for those that vLLM gave up.
"""

import re
from collections.abc import Iterator

from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention
from planner.request import Reason
from planner.shown import one_line, shortened
from planner.vllm_options.releases import Release, in_spans, newest, releases, table

_IN_TRANSFORMERS = frozenset(
    {
        *("Dots1ForCausalLM", "MiniMaxForCausalLM", "BambaForCausalLM", "PersimmonForCausalLM", "FuyuForCausalLM"),
        *("AyaVisionForConditionalGeneration", "ChameleonForConditionalGeneration", "MllamaForConditionalGeneration"),
        *("Phi4MultimodalForCausalLM", "MusicFlamingoForConditionalGeneration"),
    }
)
"""Classes that vLLM gave up and Transformers 5.24 has in a form that vLLM takes; hybrids only without their states' layout."""
_DRAFTS = re.compile(
    r"^P?eagle(?!.*ConditionalGeneration)|eagle3$|mtp(model)?$|dflash|dspark|xpress|^medusa|^mlpspeculator|draft|assistantmodel$",
    re.IGNORECASE,
)
"""Classes that read ``speculative_config`` as they are made (``_SPECULATIVE_DECODING_MODELS`` in ``registry.py``)."""
_BY_PARAMS = frozenset({"mistral4"})
"""Types that vLLM has no class for by their ``config.json``, and reads by ``params.json`` (``transformers_utils/config.py``)."""
_GENERATES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""Ends of names of classes that generate; those of embeddings and classifiers vLLM makes of them (``_normalize_arch``)."""


def refused_class(shape: ModelArchitecture, engine: VllmVersion) -> Iterator[Reason]:
    """A class that vLLM does not load any more, or only to draft tokens for another model."""
    if _DRAFTS.search(shape.architecture):
        shown = shortened(one_line(shape.architecture))
        yield Reason(
            "engine", f"{shown} drafts tokens for another model: serve that one, with this in speculative-config"
        )
    last = _last(shape, engine)
    if last is not None and shape.architecture not in _IN_TRANSFORMERS:
        yield Reason(
            "engine", f"vLLM {engine} does not load {shape.architecture} any more: vLLM {last}, the last that does"
        )


def unknown_class(shape: ModelArchitecture, engine: VllmVersion) -> Iterator[str]:
    """Why it is not known whether vLLM loads the class, or how."""
    spans, release = _spans(shape), _release(engine)
    if spans and release < spans[0]:
        yield f"whether vLLM {engine} loads {shape.architecture}: it has a class for it since {spans[0]}"
    if _last(shape, engine) is not None and any(not isinstance(mixer, Attention) for mixer in shape.mixers):
        yield f"how vLLM {engine} keeps states in Transformers' {shape.architecture}: its own class was there up to {spans[-1]}"


def class_notes(shape: ModelArchitecture, engine: VllmVersion) -> Iterator[str]:
    """A class that vLLM loads through Transformers, if at all."""
    last, named = _last(shape, engine), shape.architecture
    if named.endswith(_GENERATES) and named not in table()["values"]["architectures"]:
        shown = shortened(one_line(named))
        yield f"vLLM has no class {shown}, in no release up to {newest()}: it takes Transformers', if that has one for vLLM"
    if shape.model_type in _BY_PARAMS:
        yield f"vLLM reads model_type {shape.model_type} by params.json, Mistral's own format: it must be beside the weights"
    if last is not None and shape.architecture in _IN_TRANSFORMERS:
        yield f"vLLM {engine} has no class of its own for {shape.architecture}, as {last} had: it takes Transformers'"


def _last(shape: ModelArchitecture, engine: VllmVersion) -> Release | None:
    """The last release that has the class, if that is before this one."""
    spans = _spans(shape)
    return spans[-1] if spans and spans[-1] < _release(engine) else None


def _spans(shape: ModelArchitecture) -> list[Release]:
    """The releases with a class that generates, oldest first; empty where the table lacks it."""
    named = shape.architecture
    text = table()["values"]["architectures"].get(named) if named.endswith(_GENERATES) else None
    return sorted(in_spans(text)) if text else []


def _release(engine: VllmVersion) -> Release:
    """The release of a version; a newer one is taken for the newest of the table, an older one for the oldest."""
    return min(max(Release(engine.minor), releases()[0]), newest()) if engine.major == 0 else newest()
