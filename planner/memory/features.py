"""Options of ``vllm serve`` that a request and what vLLM makes of it have in the same form."""

from dataclasses import dataclass, field

from planner.memory.cache_choice import CacheChoice
from planner.memory.lora import Lora
from planner.memory.speculation import Speculation


@dataclass(frozen=True, kw_only=True)
class Features:
    """How experts, copies and the KV cache are dealt out, adapters and drafts: none has a default that depends on the GPU."""

    data_parallel: int = 1
    """Copies of the attention layers in one deployment, each with its own requests; experts are dealt to all of them."""
    expert_parallel: bool = False
    """Whether each GPU has whole experts (``enable_expert_parallel``)."""
    redundant_experts: int = 0
    """Copies of experts for balance (``num_redundant_experts`` of ``eplb_config``), in each layer."""
    context_parallel: int = 1
    """GPUs of a tensor parallel group that share the tokens of the KV cache (``decode_context_parallel_size``)."""
    cache: CacheChoice = field(default=CacheChoice())
    """Options of the KV cache beside its number format."""
    lora: Lora | None = None
    """Adapters (``enable_lora``); None without."""
    speculation: Speculation | None = None
    """Speculative decoding (``speculative_config``); None without."""
