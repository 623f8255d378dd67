"""Answers and records with known figures."""

import copy
from typing import Any

from load import Answer, Outcome, Report

RECORD: dict[str, Any] = {
    "schema_version": 1,
    "service": "dev/chat",
    "kind": "standard",
    "started": "2026-01-31T12:00:00Z",
    "url": "http://llm",
    "subject": {
        "image": "vllm/vllm-openai:v0.31.0",
        "gpu": "L40S",
        "gpus": 1,
        "instance_type": "g6e.2xlarge",
        "replicas": 2,
        "settings": {"max_model_len": 8192, "args": {"max-num-seqs": 64}},
        "settings_hash": "0123456789ab",
    },
    "price": None,
    "runs": [
        {
            "workload": "chat",
            "max_tokens": 128,
            "concurrency": 10,
            "requests": 100,
            "rate": None,
            "seconds": None,
            "figures": {
                "success_rate": 1.0,
                "requests_per_second": 10.0,
                "output_tokens_per_second": 1000.0,
                "latency_seconds": {"p90": 2.0},
                "ttft_seconds": {"p90": 0.5},
            },
        }
    ],
    "sweep": None,
}


def changed(**figures: Any) -> dict[str, Any]:
    """The record with other figures."""
    found = copy.deepcopy(RECORD)
    found["runs"][0]["figures"] |= figures
    return found


def report() -> Report:
    """Ten streams of 1 to 10 seconds, whose first token took a tenth of that; one time-out and two errors; 20 seconds."""
    streams = [
        Answer(
            scheduled=0.0,
            stream=True,
            outcome=Outcome.OK,
            status=200,
            latency=float(number),
            first_token=number / 10,
            prompt_tokens=256,
            completion_tokens=10,
        )
        for number in range(1, 11)
    ]
    lost = [
        Answer(scheduled=0.0, stream=True, timed_out=True, latency=300.0, error="TimeoutError: "),
        Answer(scheduled=0.0, stream=True, status=503, latency=0.1, error="server_busy: full"),
        Answer(scheduled=0.0, stream=True, status=503, latency=0.1, error="server_busy: full", completion_tokens=99),
    ]
    return Report(answers=[*streams, *lost], seconds=20.0)
