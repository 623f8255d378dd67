"""Everything that decides the memory of a GPU, nothing left to default."""

from dataclasses import dataclass

from planner.memory.activation import runs_on_second
from planner.memory.cache_layers import CacheOptions
from planner.memory.features import Features
from planner.memory.placement import ExpertSplit
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import Quantization


@dataclass(frozen=True, kw_only=True)
class Deployment(Features):
    """Everything that decides the memory of a GPU, nothing left to default."""

    shape: ModelArchitecture
    """The model."""
    gpu: str
    """Name of the GPU."""
    visible: float
    """Bytes CUDA shows of it."""
    visible_measured: bool
    """Whether that was measured."""
    nvlink: bool
    """Whether NVLink joins the GPUs."""
    tensor_parallel: int
    """GPUs each layer is split over."""
    pipeline_parallel: int
    """Stages."""
    dtype: str
    """Number format of activations and of weights that are not quantized."""
    quantization: Quantization
    """How linear layers are stored."""
    cache_dtype: str
    """Number format of the KV cache, ``auto`` for that of the model."""
    utilization: float
    """Share of the visible memory vLLM may take."""
    max_model_len: int
    """Longest request."""
    sequences: int
    """``max_num_seqs``."""
    batched_tokens: int
    """``max_num_batched_tokens``."""
    eager: bool
    """Whether no CUDA graphs are captured."""
    engine: VllmVersion
    """Version of vLLM."""
    capability: float | None = None
    """Compute capability of the GPU."""
    offload: float = 0.0
    """Bytes of weights that stay in main memory, per GPU."""

    @property
    def experts(self) -> ExpertSplit:
        """How routed experts are dealt to GPUs."""
        ranks = self.tensor_parallel * self.data_parallel
        return ExpertSplit(ranks=ranks, whole=self.expert_parallel and ranks > 1, redundant=self.redundant_experts)

    @property
    def cache_options(self) -> CacheOptions:
        """What decides the cache of each layer."""
        choice, second = self.cache, runs_on_second(self.shape, self.engine, self.quantization)
        steps = self.engine.steps_in_flight(pipeline_parallel=self.pipeline_parallel, runner_2=second)
        return CacheOptions(
            engine=self.engine,
            tensor_parallel=self.tensor_parallel,
            dtype=self.dtype,
            cache_dtype=self.cache_dtype,
            in_flight=self.batched_tokens * steps,
            sequences=self.sequences,
            graphs=not self.eager,
            capability=self.capability,
            block_size=choice.block_size,
            context_parallel=self.context_parallel,
            prefix_caching=choice.enable_prefix_caching,
            drop_outside=not choice.disable_hybrid_kv_cache_manager,
            state_mode=choice.mamba_cache_mode,
            state_dtype=choice.mamba_cache_dtype,
            recurrent_dtype=choice.mamba_ssm_cache_dtype,
            drafted=self.speculation.tokens if self.speculation else 0,
            given_blocks=choice.num_gpu_blocks_override,
        )
