"""The fixed-size state that Mamba, delta nets and their like keep of each request: its bytes in one layer on one GPU.

Shapes as in ``model_executor/layers/mamba/mamba_utils.py`` of vLLM 0.10.2 to 0.33, which did not change but for Kimi's
convolutions with speculative tokens. Number formats as in ``model_executor/models/config.py``: the convolution's state is in
the model's format, the recurrent one too, unless the model or an option says otherwise.
"""

from dataclasses import dataclass

from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES
from planner.model.architecture import ModelArchitecture
from planner.model.layers import DeltaNet, LinearAttention, ShortConvolution, StateSpace

StateMixer = StateSpace | DeltaNet | ShortConvolution | LinearAttention


@dataclass(frozen=True, kw_only=True)
class StateFormat:
    """Bytes of one number."""

    convolution: int
    """In the state of a convolution."""
    recurrent: int
    """In the recurrent state."""


def state_mixers(shape: ModelArchitecture) -> tuple[StateMixer, ...]:
    """The mixers that keep a state, each kind once."""
    return tuple(mixer for mixer in shape.mixers if isinstance(mixer, StateMixer))


def state_format(
    shape: ModelArchitecture,
    mixer: StateMixer,
    *,
    dtype: str,
    engine: VllmVersion,
    cache_dtype: str = "auto",
    ssm_cache_dtype: str = "auto",
) -> StateFormat:
    """Number formats of a mixer's state.

    Args:
        shape: The model, whose configuration may name the format of the recurrent state.
        mixer: The mixer.
        dtype: Number format of activations.
        engine: Version of vLLM.
        cache_dtype: ``mamba_cache_dtype``.
        ssm_cache_dtype: ``mamba_ssm_cache_dtype``.
    """
    convolution = DTYPE_BYTES[dtype if cache_dtype == "auto" else cache_dtype]
    named = ssm_cache_dtype
    if named == "auto":
        named = _recurrent(shape, mixer, engine)
    return StateFormat(convolution=convolution, recurrent=convolution if named == "auto" else DTYPE_BYTES[named])


def _recurrent(shape: ModelArchitecture, mixer: StateMixer, engine: VllmVersion) -> str:
    if isinstance(mixer, DeltaNet) and mixer.kimi:
        return "float32"
    if shape.model_type.startswith("nemotron_h") and engine.since(13):
        return shape.state_dtype or ("float32" if engine.since(20) else "float16")
    if shape.model_type.startswith("qwen3_5"):
        return shape.state_dtype or "auto"
    return "auto"


def state_bytes(
    mixer: StateMixer, *, tensor_parallel: int, form: StateFormat, drafted: int = 0, engine: VllmVersion | None = None
) -> int:
    """Bytes of one request's state in one layer on one GPU.

    Args:
        mixer: The layer's mixer.
        tensor_parallel: GPUs the layer is split over.
        form: Number formats.
        drafted: Speculative tokens, for each of which the convolution remembers one more.
        engine: Version of vLLM; None for the newest.
    """
    convolution, recurrent = _numbers(mixer, tensor_parallel, drafted, engine)
    return round(convolution * form.convolution + recurrent * form.recurrent)


def _numbers(mixer: StateMixer, degree: int, drafted: int, engine: VllmVersion | None) -> tuple[float, float]:
    """Numbers of the convolution's state, and of the recurrent one."""
    match mixer:
        case StateSpace(version=1):
            inner = mixer.inner / degree
            return inner * (mixer.conv_kernel - 1), inner * mixer.state
        case StateSpace():
            # Groups that the degree does not divide are repeated, one for each GPU.
            groups = mixer.groups if mixer.groups % degree == 0 else degree
            channels = (mixer.inner + 2 * groups * mixer.state) / degree
            return channels * (mixer.conv_kernel - 1 + drafted), mixer.heads / degree * mixer.head_dim * mixer.state
        case DeltaNet():
            channels = (2 * mixer.key_heads * mixer.key_dim + mixer.value_heads * mixer.value_dim) / degree
            remembered = 0 if mixer.kimi and engine and not engine.since(27) else drafted
            return (
                channels * (mixer.conv_kernel - 1 + remembered),
                mixer.value_heads / degree * mixer.value_dim * mixer.key_dim,
            )
        case ShortConvolution():
            return mixer.width / degree * (mixer.kernel - 1), 0
        case LinearAttention():
            # The one state there is; it follows the cache's format, as that of a convolution does.
            return mixer.heads / degree * mixer.head_dim**2, 0
