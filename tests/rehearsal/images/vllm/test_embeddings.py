"""Embeddings of the emulator."""

import base64
import struct
from typing import Any

import pytest

from tests.rehearsal.images.vllm.test_app import KEY, client

POOLING = "--runner=pooling"


def embed(**body: Any) -> Any:
    """POST to a pooling model."""
    return client(POOLING).post("/v1/embeddings", headers=KEY, json={"model": "m", "input": "hello"} | body)


def test_same_text_same_vector_in_both_forms() -> None:
    plain = embed(input=["hello", "world", "hello"]).json()
    first, second, third = (item["embedding"] for item in plain["data"])
    assert first == third != second
    assert sum(value * value for value in first) == pytest.approx(1)
    packed = embed(encoding_format="base64").json()["data"][0]["embedding"]
    assert list(struct.unpack(f"<{len(first)}f", base64.b64decode(packed))) == pytest.approx(first)


def test_usage_counts_the_prompt_alone() -> None:
    assert embed().json()["usage"] == {
        "prompt_tokens": 2, "total_tokens": 2, "completion_tokens": 0, "prompt_tokens_details": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"input": None}, 400, "Field required"),
        ({"dimensions": 8}, 400, "matryoshka"),
        ({"encoding_format": "hex"}, 400, "'float' or 'base64'"),
        ({"model": "other"}, 404, "does not exist"),
        ({"input": "x" * 3000}, 400, "maximum context length is 512"),
    ],
)
def test_refusals(body: dict[str, Any], code: int, message: str) -> None:
    answer = embed(**body)
    assert answer.status_code == code
    assert message in answer.json()["error"]["message"]


def test_a_model_has_the_routes_of_its_kind_alone() -> None:
    body = {"model": "m", "input": "x"}
    assert client().post("/v1/embeddings", headers=KEY, json=body).status_code == 404
    assert client(POOLING).post("/v1/chat/completions", headers=KEY, json=body).status_code == 404
    assert client("--convert=embed").post("/v1/embeddings", headers=KEY, json=body).status_code == 200
