"""The ranking: cheapest first, each option fits, and what is cheaper was ruled out with a reason."""

from dataclasses import replace

import pytest

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import instance_type, instance_types
from planner.fit import FitStatus, fit
from planner.model.reading import read_architecture
from planner.recommend import NEEDS_CHECKPOINT, PUBLISHED, WHILE_LOADING, RecommendationRequest, recommend
from planner.request import FitRequest
from tests.planner.configs import llama, shape_of

LLAMA_70B = RecommendationRequest(shape=shape_of("meta-llama/Llama-3.1-70B-Instruct"), context=16_384, concurrency=32)


def test_options_are_ranked_by_price() -> None:
    ranking = recommend(LLAMA_70B)
    prices = [option.usd_per_hour for option in ranking.options]
    assert prices == sorted(prices)
    assert len({option.weights for option in ranking.options}) == 3
    assert ranking.options[0].usd_per_month == pytest.approx(prices[0] * 730)


def test_every_option_fits_when_it_is_asked_for_alone() -> None:
    for option in recommend(LLAMA_70B).options:
        if option.weights == NEEDS_CHECKPOINT:
            continue
        answer = fit(
            FitRequest(
                shape=LLAMA_70B.shape,
                gpu=gpu_of(option.machine),
                gpus=option.machine.gpus,
                machine=option.machine,
                tensor_parallel=option.tensor_parallel,
                quantization="fp8" if option.weights == WHILE_LOADING else None,
                max_model_len=16_384,
                max_num_seqs=32,
                concurrency=32,
            )
        )
        assert answer.status is FitStatus.FITS
        assert answer.concurrent_requests >= 32
        assert option.replicas == option.machine.gpus // option.tensor_parallel


def test_every_gpu_type_is_an_option_or_ruled_out_with_numbers() -> None:
    ranking = recommend(LLAMA_70B)
    machines = {option.machine.name for option in ranking.options} | {ruled.machine.name for ruled in ranking.ruled_out}
    assert machines == {machine.name for machine in instance_types().values() if machine.gpu}
    assert all(
        any(character.isdigit() for character in ruled.reason)
        for ruled in ranking.ruled_out
        if ruled.machine.usd_per_hour
    )


def test_a_type_without_a_price_is_not_ranked() -> None:
    unpriced = replace(instance_type("g6e.xlarge"), usd_per_hour=None)
    ranking = recommend(RecommendationRequest(shape=shape_of("Qwen/Qwen3-4B"), context=4096), [unpriced])
    assert ranking.options == ()
    assert {ruled.reason for ruled in ranking.ruled_out} == {"its price is not in the table"}


def test_the_published_weights_go_first_at_the_same_price() -> None:
    ranking = recommend(
        RecommendationRequest(shape=shape_of("Qwen/Qwen3-4B"), context=4096), [instance_type("g6e.xlarge")]
    )
    assert [option.weights for option in ranking.options] == [PUBLISHED, WHILE_LOADING, NEEDS_CHECKPOINT]


def test_weights_that_are_quantized_are_taken_as_they_are() -> None:
    ranking = recommend(RecommendationRequest(shape=shape_of("openai/gpt-oss-20b"), context=8192))
    assert {option.weights for option in ranking.options} == {PUBLISHED}


def test_a_longer_context_never_costs_less() -> None:
    cheapest = [
        recommend(replace(LLAMA_70B, context=context)).options[0].usd_per_hour for context in (2048, 16_384, 65_536)
    ]
    assert cheapest == sorted(cheapest)


def test_what_cannot_be_computed_is_never_recommended() -> None:
    ranking = recommend(RecommendationRequest(shape=read_architecture(llama(model_type="zamba2")), context=4096))
    assert ranking.options == ()
    assert any("not computed" in ruled.reason for ruled in ranking.ruled_out)


def test_nothing_holds_it() -> None:
    ranking = recommend(
        RecommendationRequest(shape=shape_of("deepseek-ai/DeepSeek-V3"), context=4096), [instance_type("g5.xlarge")]
    )
    assert ranking.options == ()
    assert "leave nothing" in ranking.ruled_out[0].reason
