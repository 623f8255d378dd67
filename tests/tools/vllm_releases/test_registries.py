"""Names in the registries of a small made-up vLLM."""

import pytest

from tests.tools.vllm_releases.tree import source
from tools.vllm_releases.registries import registered_values
from tools.vllm_releases.source import SourceError


def test_names_are_read_from_tables_decorators_and_calls() -> None:
    assert registered_values(source()) == {
        "tool-call-parser": ("alpha", "beta", "delta", "epsilon", "gamma"),
        "reasoning-parser": ("think",),
        "load-format": ("auto", "runai_streamer"),
        "quantization": ("awq", "fp8"),
        "tokenizer-mode": (),
        "kv-transfer-config.kv_connector": ("NixlConnector",),
        "speculative-config.method": ("eagle", "ngram"),
        "structured-outputs-config.backend": ("auto", "xgrammar"),
        "architectures": ("AForCausalLM", "AModel", "BForCausalLM"),
    }


def test_an_empty_registry_is_refused() -> None:
    with pytest.raises(SourceError, match="no values of quantization were found"):
        registered_values(source(quantization="x = 1"))
