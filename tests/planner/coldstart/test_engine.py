"""What makes a start slow."""

from dataclasses import replace

import pytest

from planner.catalog.gpus import GpuMemory, gpu_named
from planner.catalog.models import known_model
from planner.coldstart.engine import Kind, StartModel, model_by_name, model_of_shape, start_up
from planner.coldstart.figures import SETS, Set, engine_figures
from planner.model.layers import DeltaNet, LinearAttention, Mixer, ShortConvolution, StateSpace
from planner.model.quantization import UNQUANTIZED
from planner.model.reading import read_architecture


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", Kind.HYBRID),
        ("nvidia/NVIDIA-Nemotron-Nano-9B-v2", Kind.HYBRID),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", Kind.HYBRID),
        ("nvidia/Qwen3.6-35B-A3B-NVFP4", Kind.HYBRID),
        ("ai21labs/AI21-Jamba-Large-1.7", Kind.HYBRID),
        ("tiiuae/Falcon-H1-34B-Instruct", Kind.HYBRID),
        ("ibm-granite/granite-4.0-h-small", Kind.HYBRID),
        ("moonshotai/Kimi-Linear-48B-A3B-Instruct", Kind.HYBRID),
        ("MiniMaxAI/MiniMax-M1-80k", Kind.HYBRID),
        ("nvidia/Llama-3.1-Nemotron-70B-Instruct-HF", Kind.EXPERTS),
        ("nvidia/Nemotron-4-340B-Instruct", Kind.EXPERTS),
        ("someone/a-new-7b", Kind.EXPERTS),
        ("mamba-fans/plain-7b", Kind.EXPERTS),
    ],
)
def test_a_model_by_its_name(name: str, kind: Kind) -> None:
    assert model_by_name(name, 30).kind is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("someone/a-new-7b", Kind.DENSE),
        ("nvidia/Llama-3.1-Nemotron-70B-Instruct-HF", Kind.DENSE),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", Kind.DENSE),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", Kind.EXPERTS),
        ("mistralai/Mixtral-8x22B-v0.1", Kind.EXPERTS),
        ("deepseek-ai/DeepSeek-R1-0528", Kind.EXPERTS),
        ("zai-org/GLM-4.5-Air", Kind.EXPERTS),
        ("nvidia/Qwen3.6-35B-A3B-NVFP4", Kind.HYBRID),
    ],
)
def test_what_a_model_of_a_name_usually_is(name: str, kind: Kind) -> None:
    model = model_by_name(name, 30)
    assert model.usual
    assert model.usual.kind is kind
    assert model.usual.layers <= model.layers
    assert model.usual.formats == model.formats


def test_formats_by_name_and_bits() -> None:
    assert model_by_name("nvidia/X-NVFP4", 20, 4).formats == "fp4"
    assert model_by_name("a/b-AWQ", 20, 4).formats == ""
    assert model_by_name("a/b-FP8", 20, 8).formats == "fp8_block", "the one of both that starts the most slowly"


@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("Qwen/Qwen3-30B-A3B-FP8", "fp8_block"),
        ("deepseek-ai/DeepSeek-V3", "fp8_block"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "fp8"),
        ("openai/gpt-oss-20b", "fp4"),
        ("Qwen/Qwen3-8B", ""),
    ],
)
def test_formats_of_a_configuration(name: str, formats: str) -> None:
    known = known_model(name)
    assert known
    assert model_of_shape(known.shape, known.shape.quantization).formats == formats


def test_only_fp8_in_blocks_waits_for_kernels() -> None:
    """DeepGEMM's are compiled at the start; FP8 with a scale per tensor or channel has prebuilt ones. Probes allow for both."""
    expected, slow = (
        {
            formats: start_up(
                StartModel(layers=48, kind=Kind.EXPERTS, formats=formats),
                gpu_named("H100"),
                size_gib=30,
                from_bucket=True,
                workers=1,
                read_once=False,
                figures=engine_figures(figures),
            )
            for formats in ("", "fp8", "fp8_block")
        }
        for figures in ("expected", "slow")
    )
    assert expected["fp8"].kernels == expected[""].kernels < expected["fp8_block"].kernels
    assert expected["fp8"].compile == expected["fp8_block"].compile > expected[""].compile
    assert slow["fp8"] == slow["fp8_block"]


def test_layers_follow_from_the_size() -> None:
    sizes = (2, 16, 60, 140, 800)
    layers = [model_by_name("a/b", size).layers for size in sizes]
    assert layers == sorted(set(layers))
    assert model_by_name("a/b", 16, 4).layers > model_by_name("a/b", 16, 16).layers


def test_a_configuration_tells_its_kind() -> None:
    known = known_model("Qwen/Qwen3-30B-A3B")
    assert known
    assert model_of_shape(known.shape, UNQUANTIZED).kind is Kind.EXPERTS
    plain = {"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
    for model_type in (
        *("nemotron_h", "qwen3_next", "qwen3_5_moe_text", "jamba", "falcon_mamba", "minimax_m1", "recurrent_gemma"),
        *("granitemoehybrid", "kimi_linear", "falcon_h1", "bamba", "zamba2", "lfm2", "plamo2"),
    ):
        shape = read_architecture({**plain, "model_type": model_type})
        assert model_of_shape(shape, UNQUANTIZED).kind is Kind.HYBRID, model_type
    for model_type in ("llama", "gemma3n", "mistral"):
        assert model_of_shape(read_architecture({**plain, "model_type": model_type}), UNQUANTIZED).kind is Kind.DENSE


@pytest.mark.parametrize(
    "mixer",
    [
        StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128),
        DeltaNet(key_heads=16, value_heads=32, key_dim=128, value_dim=128),
        ShortConvolution(width=2048, kernel=3),
        LinearAttention(heads=64, head_dim=96),
    ],
    ids=lambda mixer: type(mixer).__name__,
)
@pytest.mark.parametrize("beside", [True, False])
def test_layers_that_are_no_attention_make_a_hybrid(mixer: Mixer, *, beside: bool) -> None:
    """Whatever the family is called, and whether the planner covers it."""
    known = known_model("Qwen/Qwen3-8B")
    assert known
    first = known.shape.layers[0]
    layer = replace(first, mixers=(*first.mixers, mixer) if beside else (mixer,))
    shape = replace(known.shape, layers=(*known.shape.layers, layer), uncovered=())
    assert model_of_shape(shape, UNQUANTIZED).kind is Kind.HYBRID


@pytest.mark.parametrize(
    ("model", "gpu", "compiled", "graphs"),
    [
        # Measured compile and capture, each by the source that planner/coldstart/engine.py names.
        ("meta-llama/Meta-Llama-3-8B-Instruct", "H100", 19.4, 15),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "L4", 66.5, 0),
        ("google/gemma-3-27b-it", "RTX 3090", 166, 90),
        ("meta-llama/Llama-3.1-70B-Instruct", "A100 80GB", 150, 0),
    ],
)
def test_no_piece_is_below_what_was_measured(model: str, gpu: str, compiled: float, graphs: float) -> None:
    known = known_model(model)
    assert known
    start = start_up(
        model_of_shape(known.shape, UNQUANTIZED),
        gpu_named(gpu),
        size_gib=15,
        from_bucket=True,
        workers=1,
        read_once=False,
    )
    assert start.compile >= compiled
    assert start.graphs >= graphs


def test_a_hybrid_compiles_longest_on_any_gpu() -> None:
    hybrid = model_by_name("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", 31, 8)
    for gpu in ("H100", "L40S", "A10G"):
        start = start_up(hybrid, gpu_named(gpu), size_gib=31, from_bucket=True, workers=1, read_once=False)
        assert start.compile >= engine_figures("slow").hybrid_compile
        assert start.seconds == start.processes + start.weights + start.compile + start.kernels + start.graphs


@pytest.mark.parametrize("name", SETS)
def test_more_weights_and_processes_take_longer_to_capture(name: Set) -> None:
    model = model_by_name("a/b-8b", 15)

    def graphs(size_gib: float, workers: int) -> int:
        start = start_up(
            model,
            gpu_named("H100"),
            size_gib=size_gib,
            from_bucket=True,
            workers=workers,
            read_once=True,
            figures=engine_figures(name),
        )
        return start.graphs

    assert graphs(15, 1) <= graphs(60, 1)
    assert graphs(15, 1) <= graphs(30, 2)


def test_workstation_blackwell_compiles_kernels_that_others_have() -> None:
    model = model_by_name("a/b-8b", 15)
    h200, rtx = (
        start_up(
            model,
            GpuMemory(name=name, visible_gib=95, capability=capability),
            size_gib=15,
            from_bucket=True,
            workers=1,
            read_once=True,
            figures=engine_figures("expected"),
        )
        for name, capability in (("H200", 9.0), ("RTX PRO 6000", 12.0))
    )
    assert rtx.kernels > h200.kernels
    assert rtx.compile == h200.compile


def test_fp4_has_its_kernels_on_data_center_gpus_and_none_on_workstations() -> None:
    plain, fp4 = model_by_name("a/b-35B-A3B", 65), model_by_name("a/b-35B-A3B-NVFP4", 20, 4)

    def kernels(model: StartModel, capability: float) -> int:
        return start_up(
            model.usual or model,
            GpuMemory(name="B200", visible_gib=178, capability=capability),
            size_gib=20,
            from_bucket=True,
            workers=1,
            read_once=True,
            figures=engine_figures("expected"),
        ).kernels

    assert kernels(fp4, 10.0) - kernels(plain, 10.0) < 30
    assert kernels(fp4, 12.0) - kernels(plain, 12.0) > 60
