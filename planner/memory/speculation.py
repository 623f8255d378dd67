"""Speculative decoding: weights and cache of what drafts tokens.

After vLLM's ``config/speculative.py``, ``v1/spec_decode`` and the ``*_mtp.py`` and ``*_eagle*.py`` models. Drafting from the
prompt takes no memory; multi-token prediction is one more layer of the model and a projection of two hidden states to one;
EAGLE is a small model whose input is one (EAGLE) or three (EAGLE-3) hidden states, with the target's embedding.
"""

from dataclasses import dataclass, replace

from planner.memory.placement import ExpertSplit, Stage
from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES, stage_weights
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention, Layer
from planner.model.quantization import Quantization

WITHOUT_MODEL = frozenset({"ngram", "ngram_gpu", "suffix", "[ngram]"})
"""Methods that draft from the text."""
EAGLES = frozenset({"eagle", "eagle3"})
_EAGLE_INPUTS = {"eagle": 2, "eagle3": 3}
_PREDICTING = (
    *("deepseek_v3", "deepseek_v4", "glm_moe_dsa", "glm4_moe", "glm_ocr", "pangu_ultra_moe", "mimo", "ernie4_5_moe"),
    *("exaone", "nemotron_h", "qwen3_next", "qwen3_5", "bailing_hybrid", "longcat_flash", "step3", "hy_v", "inkling"),
    *("minimax_m3", "kimi_linear", "dots3_note", "intern", "gemma4", "qwen4_exp"),
)
"""Beginnings of the model types that ``hf_config_override`` of ``config/speculative.py`` makes a predicting model of."""
_PREDICTION_INPUTS = 2
_HEAD_SHARED_SINCE = 12
"""Release since which multi-token prediction uses the target's output layer and embedding rather than copies."""


@dataclass(frozen=True, kw_only=True)
class Speculation:
    """The options of ``speculative_config``."""

    method: str
    """``method``: ngram, suffix, mtp, eagle, eagle3, draft_model or another."""
    tokens: int
    """``num_speculative_tokens``."""
    draft: ModelArchitecture | None = None
    """The model that drafts, where there is one of its own."""
    split: bool = True
    """Whether tensor parallelism splits the draft; not with ``draft_tensor_parallel_size`` 1."""

    @property
    def predicts(self) -> bool:
        """Whether layers of the model itself draft (multi-token prediction)."""
        return self.method == "mtp" or self.method.endswith("_mtp")

    def unknown(self, shape: ModelArchitecture) -> str | None:
        """Why its memory is not known for a model; None where it is."""
        if self.method in WITHOUT_MODEL or (self.predicts and predicts_itself(shape)):
            return None
        if self.predicts:
            return f"whether vLLM predicts further tokens of model_type {shape.model_type}, which no checkpoint has layers for"
        if self.method not in EAGLES | {"draft_model"}:
            return f"the memory of speculative method {self.method}"
        if self.draft is None:
            return f"the draft model of speculative method {self.method}"
        return f"of the draft model {', '.join(self.draft.uncovered)}" if self.draft.uncovered else None


def predicts_itself(shape: ModelArchitecture) -> bool:
    """Whether its checkpoints may have layers for multi-token prediction that vLLM loads."""
    return shape.model_type.startswith(_PREDICTING)


def draft_attentions(shape: ModelArchitecture, speculation: Speculation | None) -> tuple[Attention, ...]:
    """The attention layers that the draft adds to the KV cache."""
    if speculation is None or speculation.method in WITHOUT_MODEL:
        return ()
    if speculation.predicts:
        layer = _predicting(shape)
        return tuple(replace(each, window=None, chunked=False, shares_kv=False) for each in layer.attentions[:1])
    if speculation.draft is None:
        return ()
    return tuple(
        each for kind in speculation.draft.kinds() for each in kind.layer.attentions for _ in range(kind.count)
    )


def draft_weights(
    shape: ModelArchitecture,
    speculation: Speculation | None,
    *,
    tensor_parallel: int,
    quantization: Quantization,
    dtype: str,
    engine: VllmVersion,
    experts: ExpertSplit,
) -> float:
    """Bytes of the draft's weights on one GPU of the last stage."""
    if speculation is None or speculation.method in WITHOUT_MODEL:
        return 0.0
    width = DTYPE_BYTES[dtype]
    degree = tensor_parallel if speculation.split else 1
    if speculation.predicts:
        one = replace(shape, layers=(_predicting(shape),), vision=None)
        layer = _alone(one, tensor_parallel, quantization, dtype, experts, ends=False)
        joined = (_PREDICTION_INPUTS * shape.hidden + 3) * shape.hidden * width
        copies = 0 if engine.since(_HEAD_SHARED_SINCE) else 2 * shape.vocab * shape.hidden * width / tensor_parallel
        return layer + joined + copies
    draft = speculation.draft
    if draft is None:
        return 0.0
    if speculation.method == "draft_model":
        return _alone(draft, degree, draft.quantization, dtype, ExpertSplit(ranks=degree), ends=True)
    body = _alone(replace(draft, vision=None), degree, draft.quantization, dtype, ExpertSplit(ranks=degree), ends=False)
    inputs = _EAGLE_INPUTS[speculation.method]
    joined = inputs * shape.hidden * draft.hidden * width
    first = next(iter(draft.attentions), None)
    wider = 0.0
    if speculation.method == "eagle3" and first:
        # Its queries, keys and values see the embedding beside the hidden state.
        wider = draft.hidden * (first.heads + 2 * first.kv_heads) * first.head_dim * width / degree
    head = (draft.draft_vocab or draft.vocab) * draft.hidden * width / degree if speculation.method == "eagle3" else 0
    return body + joined + wider + head


def _predicting(shape: ModelArchitecture) -> Layer:
    """The layer that multi-token prediction repeats: the last with attention, with the networks of the last with experts."""
    attending = next((layer for layer in reversed(shape.layers) if layer.attentions), shape.layers[-1])
    network = next((layer.feed_forward for layer in reversed(shape.layers) if layer.experts), None)
    return Layer(
        mixers=attending.attentions[:1],
        feed_forward=network or attending.feed_forward or shape.layers[-1].feed_forward,
        norms=attending.norms,
    )


def _alone(
    shape: ModelArchitecture,
    degree: int,
    quantization: Quantization,
    dtype: str,
    experts: ExpertSplit,
    *,
    ends: bool,
) -> float:
    stage = Stage(layers=range(len(shape.layers)), first=ends, last=ends)
    return stage_weights(
        shape,
        stage,
        tensor_parallel=degree,
        quantization=quantization,
        dtype=dtype,
        longest=0,
        experts=experts,
    )
