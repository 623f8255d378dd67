from starlette.testclient import TestClient

from rehearsal.images.vllm.app import build
from rehearsal.images.vllm.engine import Engine
from rehearsal.images.vllm.faults import EngineFaults, KnownFaults
from rehearsal.images.vllm.options import parse


def test_faults_are_kept_beside_the_pods_containers(tmp_path):
    assert EngineFaults.read(None) == EngineFaults.read(tmp_path) == EngineFaults()
    fault = EngineFaults(slots=1, token_seconds=0.5, no_metrics=True)
    fault.write(tmp_path)
    assert EngineFaults.read(tmp_path) == KnownFaults(tmp_path).now == fault
    EngineFaults.clear(tmp_path)
    EngineFaults.clear(tmp_path)
    assert EngineFaults.read(tmp_path) == EngineFaults()


def test_an_engine_whose_series_vanish_still_answers(tmp_path):
    EngineFaults(no_metrics=True).write(tmp_path)
    options = parse(["m"])
    server = TestClient(build(options, Engine(options, token_seconds=0, pod=tmp_path), []))
    assert server.get("/metrics").text == ""
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    assert server.post("/v1/chat/completions", json=body).status_code == 200
