"""Issues of services of kind vllm."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.models import KnownModel, Total, known_model
from planner.fit import fit
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.request import FitRequest
from planner.units import GIB
from settings.derived import model_fit as derived_fit
from settings.derived import streaming as derived_streaming
from settings.derived import timeouts as derived_timeouts
from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.models.services import vllm as vllm_settings
from settings.validation import model_fit as validated_fit
from settings.validation.vllm import vllm_fit_line
from tests.settings.bad_settings import PLATFORM


@pytest.mark.parametrize(
    "release", ["0.8.5", "0.9.0", "0.9.2", "0.10.1", "0.10.2", "0.14.1", "0.19.1", "0.20.0", "0.32.0"]
)
def test_settings_and_planner_agree_on_the_v100(release: str) -> None:
    raw = deepcopy(PLATFORM)
    raw["services"]["small"] |= {"pool": "p3", "dtype": "float16", "image": f"vllm/vllm-openai:v{release}"}
    try:
        parse(raw, stack="dev")
        refused = False
    except SettingsError as error:
        refused = any("no kernels for the V100" in str(issue) for issue in error.issues)
    model = known_model("Qwen/Qwen3-4B")
    assert model is not None
    request = FitRequest(shape=model.shape, gpu=gpu_named("V100"), dtype="float16", engine=VllmVersion.of(release))
    assert refused == any("no kernels for the V100" in reason for reason in fit(request).reasons)


def _stack(machine: str, **service: Any) -> dict[str, Any]:
    raw = deepcopy(PLATFORM)
    raw["pools"]["here"] = {"kind": "gpu", "instance_types": [machine], "max": 1, "disk_gib": 2000}
    raw["services"]["small"] = {**raw["services"]["small"], "pool": "here", "weights": {"source": "hub"}, **service}
    return raw


def _refused(raw: dict[str, Any]) -> list[str]:
    try:
        parse(raw, stack="dev")
    except SettingsError as error:
        return [str(issue) for issue in error.issues]
    return []


def _warned(raw: dict[str, Any]) -> list[str]:
    return [str(warning) for warning in parse(raw, stack="dev").warnings if warning.path.startswith("services.small")]


def _hub(size: float) -> dict[str, Any]:
    return {"source": "hub", "size_gib": size}


@pytest.mark.parametrize(("tag", "warned"), [("v0.32.0", True), ("v0.23.0", True), ("v0.22.1", False)])
def test_a_cache_in_a_server_that_no_pod_has(tag: str, *, warned: bool) -> None:
    args = {"kv-offloading-size": 2, "kv-offloading-backend": "lmcache"}
    raw = _stack("g5.2xlarge", image=f"vllm/vllm-openai:{tag}", args=args)
    assert any(".args.kv-offloading-backend: is lmcache" in line for line in _warned(raw)) == warned


class TestModelsThatThePlannerDoesNotKnow:
    def test_a_stated_size_lets_the_update_go_on_and_says_what_to_do(self) -> None:
        raw = _stack("g5.2xlarge", model="acme/new-7b", weights=_hub(14))
        assert _refused(raw) == []
        (line,) = [one for one in _warned(raw) if ".model:" in one]
        assert "`llm-plan fit --model acme/new-7b` does, or start it once and read the KV cache in vLLM's log" in line

    def test_without_a_size_one_line_says_where_it_is_found(self) -> None:
        (line,) = _refused(_stack("g5.2xlarge", model="acme/new-7b"))
        assert line.startswith("llm-platform:services.small.weights.size_gib: is missing: Size of the weights in GiB")
        assert "*.safetensors files add up to on the Hub" in line

    def test_weights_beyond_the_gpus_are_refused_once(self) -> None:
        (line,) = _refused(_stack("g5.2xlarge", model="acme/new-70b", weights=_hub(140)))
        assert "services.small.weights.size_gib: is 140, but a GPU of here gives vLLM 20 GiB: raise" in line

    @pytest.mark.parametrize(
        ("name", "size", "warned"),
        [
            ("acme/new-70b", 14, True),
            ("acme/new-70b", 39, False),
            ("acme/new-70b", 131, False),
            ("acme/new-7b", 140, True),
            ("acme/new-7b-awq", 5.2, False),
            ("acme/mix-8x7B", 87, False),
            ("acme/new", 14, False),
        ],
    )
    def test_a_size_that_the_name_contradicts_is_warned_of(self, name: str, size: float, *, warned: bool) -> None:
        raw = _stack("p5.48xlarge", model=name, tensor_parallel=8, weights=_hub(size))
        assert any(".weights.size_gib: is" in one and "in the name means" in one for one in _warned(raw)) == warned


class TestModelsThatThePlannerDoesNotCover:
    """Of the catalogue, with layers that no result is given for: the size of their files is known all the same."""

    MODEL = "acme-labs/hybrid-80b"

    @pytest.fixture(autouse=True)
    def _known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        base = known_model("Qwen/Qwen3-8B")
        assert base is not None

        class Uncovered(KnownModel):
            @property
            def shape(self) -> ModelArchitecture:
                return replace(base.shape, uncovered=("layers of a new kind",))

        found = Uncovered(**(vars(base) | {"name": self.MODEL, "total": Total(source="a page", bytes=160 * GIB)}))
        for module in (vllm_settings, derived_fit, derived_streaming, derived_timeouts, validated_fit):
            monkeypatch.setattr(module, "known_model", lambda name: found if name == self.MODEL else known_model(name))

    def test_they_are_served_with_a_warning_and_no_figure(self) -> None:
        raw = _stack("p5.48xlarge", model=self.MODEL, tensor_parallel=4)
        parsed = parse(raw, stack="dev")
        (line,) = [str(one) for one in parsed.warnings if one.path == "services.small.model"]
        assert "not computed: layers of a new kind" in line
        assert line.endswith("the update goes on; start it once and read the KV cache in vLLM's log")
        service = parsed.settings.services["small"]
        fit_line = vllm_fit_line("small", service, parsed.plan)  # type: ignore[arg-type]
        assert fit_line is not None
        assert fit_line.startswith("fit of small: unknown; not computed: layers of a new kind")
        assert "tokens (" not in fit_line

    @pytest.mark.parametrize("weights", [{"source": "hub"}, _hub(20)])
    def test_files_beyond_the_gpus_are_refused(self, weights: dict[str, Any]) -> None:
        found = [one for one in _refused(_stack("g6e.2xlarge", model=self.MODEL, weights=weights)) if "small" in one]
        assert len(found) == 1
        assert "services.small.model: has weights of 160 GiB, but a GPU of here gives vLLM" in found[0]


def said(**changes: Any) -> list[str]:
    """What is refused of the small service with these settings, a line each."""
    raw = deepcopy(PLATFORM)
    raw["services"]["small"] |= changes
    return [line.removeprefix("llm-platform:services.small.") for line in _refused(raw)]


def image(release: str) -> str:
    return f"vllm/vllm-openai:v{release}"


@pytest.mark.parametrize(
    ("release", "args"),
    [
        ("0.9.2", {"disable-log-requests": True}),
        ("0.16.0", {"disable-log-requests": True}),
        ("0.10.2", {"enable-log-requests": True, "enable-log-outputs": True}),
        ("0.10.2", {"async-scheduling": True}),
        ("0.11.2", {"guided-decoding-backend": "xgrammar"}),
        ("0.32.0", {"max-num-seqs": "8"}),
        ("0.32.0", {"kv-cache-dtype": "nvfp4"}),
    ],
)
def test_options_of_the_images_release_are_taken(release: str, args: dict[str, Any]) -> None:
    assert said(image=image(release), args=args) == []


@pytest.mark.parametrize(
    ("release", "args", "line"),
    [
        ("0.9.2", {"enable-log-requests": True}, "args.enable-log-requests: is not an option of vLLM 0.9: "),
        ("0.8.5", {"async-scheduling": True}, "args.async-scheduling: is not an option of vLLM 0.8: "),
        (
            "0.32.0",
            {"disable-log-requests": True},
            "args.disable-log-requests: is not an option of vLLM 0.32, the last",
        ),
        ("0.32.0", {"max-num-seqs": -5}, "args.max-num-seqs: is -5: write a whole number, 1 or more"),
        ("0.32.0", {"max-num-seqs": "-5"}, 'args.max-num-seqs: is "-5": write a whole number, 1 or more'),
        ("0.32.0", {"max-num-seqs": 10**25}, "args.max-num-seqs: is 10000000000000000000000000: write a whole"),
        ("0.32.0", {"max-num-batched-tokens": int("9" * 400)}, "args.max-num-batched-tokens: is a number of about 400"),
        ("0.32.0", {"max-num-batched-tokens": "9" * 400}, 'args.max-num-batched-tokens: is "999'),
        ("0.32.0", {"cpu-offload-gb": int("9" * 400)}, "args.cpu-offload-gb: is a number of about 400 digits"),
        ("0.19.1", {"kv-cache-dtype": "nvfp4"}, 'args.kv-cache-dtype: is "nvfp4", which came with vLLM 0.20'),
        ("0.25.1", {"kv-cache-dtype": "nvfp4"}, "args.kv-cache-dtype: the A10G (compute capability 8.6) has no NVFP4"),
    ],
)
def test_what_the_images_release_refuses_is_one_line_at_its_option(
    release: str, args: dict[str, Any], line: str
) -> None:
    (found,) = said(image=image(release), args=args)
    assert found.startswith(line)
    assert len(found) < 250


def test_a_quantization_of_other_releases_is_refused_at_its_key() -> None:
    (found,) = said(image=image("0.9.2"), quantization="mxfp8")
    assert found.startswith('quantization: is "mxfp8", which came with vLLM 0.19, the image has 0.9')


@pytest.mark.parametrize(
    ("name", "warned"),
    [
        ("vllm/vllm-openai@sha256:" + "0" * 64, "args were checked against those of 0.33"),
        ("acme/vllm-fork:2026-11-20", "args were checked against those of 0.33"),
        ("vllm/vllm-openai:v0.9.2", None),
        ("vllm/vllm-openai:v0.32.0", None),
    ],
)
def test_an_image_of_no_known_release_is_warned_of(name: str, warned: str | None) -> None:
    raw = deepcopy(PLATFORM)
    raw["services"]["small"]["image"] = name
    lines = [str(line) for line in parse(raw, stack="dev").warnings if "args were checked" in str(line)]
    assert len(lines) == (warned is not None)
    assert all(line.startswith("llm-platform:services.small.image: ") and str(warned) in line for line in lines)


def test_a_compile_cache_needs_an_image_by_digest_and_a_gpu_for_its_job() -> None:
    def warned(**service: Any) -> list[str]:
        return [line for line in _warned(_stack("g5.2xlarge", **service)) if "compile_cache" in line]

    pinned = f"vllm/vllm-openai:v0.32.0@sha256:{'0a' * 32}"
    assert warned() == warned(image=pinned) == []
    (by_tag,) = warned(compile_cache=True)
    assert "compile_cache: has no effect: vllm/vllm-openai:v0.32.0 is an image by tag" in by_tag
    (full,) = warned(compile_cache=True, image=pinned)
    assert "no spare GPU in pool here: the Job that fills the cache may find no GPU" in full
    room = _stack("g5.2xlarge", compile_cache=True, image=pinned)
    room["pools"]["here"] |= {"min": 2, "max": 2}
    assert not [line for line in _warned(room) if "compile_cache" in line]
