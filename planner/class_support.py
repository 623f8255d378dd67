"""What a class of vLLM does not support: stages of pipeline parallelism, adapters and their ranks, expert parallelism.

By the bases of the classes that the registries of vLLM 0.11.2 to 0.33 name (``SupportsPP``, ``SupportsLoRA``); vLLM refuses the
others as it starts (``verify_with_parallel_config`` of ``config/model.py``, ``v1/worker/lora_model_runner_mixin.py``). Classes
that it lacks, or makes of others (``as_embedding_model``), are not judged.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from planner.memory.vllm_version import VllmVersion
from planner.request import FitRequest, Reason

_NEVER = 1_000_000
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""``max_lora_rank`` that ``config/lora.py`` takes; 1 since 0.11."""
_RANK_1_SINCE = 11
_ENCODERS = (
    *("BertModel", "BertForSequenceClassification", "BertForTokenClassification", "BertSpladeSparseEmbeddingModel"),
    *("RobertaModel", "RobertaForMaskedLM", "RobertaForSequenceClassification", "XLMRobertaModel"),
    *("XLMRobertaForSequenceClassification", "BgeM3EmbeddingModel"),
)
_NEITHER = (
    *(
        "AriaForConditionalGeneration",
        "GteModel",
        "GteNewModel",
        "GteNewForSequenceClassification",
        "Mamba2ForCausalLM",
    ),
    *("MiniMaxForCausalLM", "MiniMaxM1ForCausalLM", "MiniMaxText01ForCausalLM", "ModernBertForSequenceClassification"),
    *("NomicBertModel", "PaddleOCRVLForConditionalGeneration", "Zamba2ForCausalLM"),
)
_STAGES_SINCE: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys((*_ENCODERS, *_NEITHER), _NEVER),
        **dict.fromkeys(
            (
                *("Idefics3ForConditionalGeneration", "IQuestLoopCoderForCausalLM", "ModernBertModel"),
                *("NemotronH_Nano_VL_V2", "OuroForCausalLM", "Phi4MMForCausalLM", "SmolVLMForConditionalGeneration"),
                "WhisperForConditionalGeneration",
            ),
            _NEVER,
        ),
        "DeepseekV4ForCausalLM": 21,
        "MiniMaxM3SparseForCausalLM": 25,
        "MiniMaxM3SparseForConditionalGeneration": 25,
    }
)
"""Minor release since which a class has stages; for one whose release is between two that were read, the earlier."""
_ADAPTERS_SINCE: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(_NEITHER, _NEVER),
        **dict.fromkeys(
            (
                *("ArcticForCausalLM", "BailingMoeV2_5ForCausalLM", "BloomForCausalLM", "Cohere2MoeForCausalLM"),
                *("Cohere2VisionForConditionalGeneration", "DbrxForCausalLM", "DeepseekV41ForCausalLM"),
                *("DeepseekVLV2ForCausalLM", "FalconForCausalLM", "FalconMambaForCausalLM", "FuyuForCausalLM"),
                *("GPT2LMHeadModel", "GPTJForCausalLM", "HCXVisionForCausalLM", "IQuestLoopCoderForCausalLM"),
                *("KimiK25ForConditionalGeneration", "KimiK3ForConditionalGeneration", "KimiLinearForCausalLM"),
                *("KimiVLForConditionalGeneration", "LlavaOnevisionForConditionalGeneration", "MPTForCausalLM"),
                *("MambaForCausalLM", "MiMoV2FlashForCausalLM", "MiniMaxM3SparseForCausalLM", "OrionForCausalLM"),
                *("MiniMaxM3SparseForConditionalGeneration", "Ovis", "Ovis2_5", "PersimmonForCausalLM"),
                *("Phi3VForCausalLM", "RWForCausalLM", "SkyworkR1VChatModel", "StableLMEpochForCausalLM"),
                *("StableLmForCausalLM", "Step3TextForCausalLM", "Step3VLForConditionalGeneration"),
                "Step3p5ForCausalLM",
            ),
            _NEVER,
        ),
        **dict.fromkeys(_ENCODERS, 32),
        "BertForSequenceClassification": 33,
        "BertForTokenClassification": 33,
        "DeepseekV4ForCausalLM": 29,
        "GPTNeoXForCausalLM": 32,
        "Gemma4ForConditionalGeneration": 20,
        "LlavaForConditionalGeneration": 13,
        "LlavaNextForConditionalGeneration": 29,
        "MiniMaxM2ForCausalLM": 15,
        "ModernBertModel": 32,
        "PaliGemmaForConditionalGeneration": 13,
        "Starcoder2ForCausalLM": 25,
    }
)
"""Minor release since which a class takes adapters, likewise."""


def class_refusals(request: FitRequest) -> Iterator[Reason]:
    """What the class of the model does not go with."""
    shape, engine = request.shape, request.engine
    if request.pipeline_parallel > 1 and (since := _missing(_STAGES_SINCE, shape.architecture, engine)):
        yield Reason(
            "pipeline_parallel",
            f"vLLM {engine} does not split {shape.architecture} into stages: pipeline_parallel 1{_or_newer(since)}",
        )
    if request.lora and (since := _missing(_ADAPTERS_SINCE, shape.architecture, engine)):
        yield Reason(
            "lora", f"vLLM {engine} takes no adapters for {shape.architecture}: omit enable-lora{_or_newer(since)}"
        )
    ranks = _RANKS if engine.since(_RANK_1_SINCE) else _RANKS[1:]
    if request.lora and request.lora.rank not in ranks:
        larger = next((rank for rank in ranks if rank > request.lora.rank), ranks[-1])
        yield Reason(
            "lora_rank",
            f"max-lora-rank {request.lora.rank} is none that vLLM takes: {larger}, which holds smaller ones",
        )
    if request.expert_parallel and not shape.experts:
        yield Reason("expert_parallel", "the model has no experts, so vLLM refuses enable-expert-parallel: omit it")


def _missing(since: Mapping[str, int], architecture: str, engine: VllmVersion) -> int:
    """The release since which a class has something, if this one has not; else 0."""
    first = since.get(architecture, 0)
    return 0 if engine.since(first) else first


def _or_newer(since: int) -> str:
    return "" if since == _NEVER else f", or vLLM 0.{since} or newer"
