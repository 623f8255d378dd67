"""``llm-platform bench`` against an endpoint on loopback."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from click.testing import Result
from moto import mock_aws
from typer.testing import CliRunner

from cli.bench import address
from cli.bench.address import Wanted, target
from cli.bench.stack import Outputs
from cli.console import UsageError
from cli.main import app
from tests.load.endpoint import Endpoint, serving

ROOT = Path(__file__).parents[3]
STACK = str(ROOT / "Pulumi.dev.yaml")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving() as served:
        yield served


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_API_KEY", raising=False)


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["bench", *arguments])


def test_a_benchmark_is_kept_and_compared(endpoint: Endpoint, tmp_path: Path) -> None:
    arguments = ["--url", endpoint.url, "--service", "llama-3-8b", "--stack", STACK, "--output", str(tmp_path)]
    first = bench(*arguments)
    assert first.exit_code == 0, first.output
    assert "100 of 100 (100.0%)" in first.output
    assert "A10G" in first.output
    assert "USD a million output tokens" in first.output
    (path,) = (tmp_path / "dev" / "llama-3-8b").glob("*.json")
    record = json.loads(path.read_text())
    assert [run["workload"] for run in record["runs"]] == ["chat", "synthetic"]
    assert record["subject"]["image"].startswith("vllm/vllm-openai:")
    assert record["price"]["usd_per_hour"] > 0
    assert (record["sent_to"], record["replicas_from"]) == ("url", "the settings")
    assert "nothing was compared: it is the first record of kind standard" in first.output
    # As if it had been much faster then, on another image.
    for run in record["runs"]:
        run["figures"]["requests_per_second"] *= 10
    record["subject"]["image"] = "vllm/vllm-openai:v0.1.0"
    record["started"] = "2026-01-01T00:00:00Z"
    path.rename(path.with_name("20260101T000000Z-standard.json")).write_text(json.dumps(record))
    second = bench(*arguments)
    assert second.exit_code == 1
    assert "chat: requests per second" in second.output
    assert "changed since 2026-01-01T00:00:00Z: image: vllm/vllm-openai:v0.1.0 -> vllm/" in second.output


def test_records_go_into_the_bucket(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="models-1")
        arguments = ["--service", "llama-3-8b", "--stack", STACK, "--bucket", "models-1", "--rate", "20"]
        done = bench("--url", f"{endpoint.url}/v1", *arguments, "--seconds", "1")
        assert done.exit_code == 0, done.output
        (item,) = s3.list_objects_v2(Bucket="models-1")["Contents"]
        assert item["Key"].startswith("outputs/benchmarks/dev/llama-3-8b/")
        assert item["Key"].endswith("Z-rate-20.json")
        record = json.loads(s3.get_object(Bucket="models-1", Key=item["Key"])["Body"].read())
        assert record["runs"][0]["figures"]["requests"] == 20
        lost = bench(
            "--url", endpoint.url, "--service", "llama-3-8b", "--stack", STACK, "--bucket", "gone", "--rate", "9"
        )
        assert isinstance(lost.exception, UsageError)
        assert "NoSuchBucket" in str(lost.exception)
        assert "warm-up" not in lost.output, "no load without a place for its record"


def test_a_folder_that_cannot_be_written_is_found_before_the_load(endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = bench("--url", endpoint.url, "--service", "good", "--output", str(tmp_path / "file"))
    assert isinstance(done.exception, UsageError)
    assert "file/good cannot be written" in str(done.exception)
    assert "warm-up" not in done.output


@pytest.mark.parametrize("service", ["../x", "/etc/x", "a//b", "..", "a/./b", "a\x00b"])
def test_records_stay_below_the_output(endpoint: Endpoint, tmp_path: Path, service: str) -> None:
    done = bench(
        "--url", endpoint.url, "--model", "good", "--service", service, "--output", str(tmp_path), "--rate", "9"
    )
    assert isinstance(done.exception, UsageError)
    assert "names no folder below --output" in str(done.exception)


def test_a_key_is_taken_without_the_line_end_of_its_file(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", "sk-of-a-file\n")
    done = bench("--url", endpoint.url, "--service", "good", "--rate", "9", "--seconds", "1")
    assert done.exit_code == 0, done.output
    assert "Bearer sk-of-a-file" in endpoint.keys


def test_another_name_sent_as_model_is_in_the_record(endpoint: Endpoint, tmp_path: Path) -> None:
    arguments = ["--url", endpoint.url, "--stack", STACK, "--service", "llama-3-8b", "--rate", "9", "--seconds", "1"]
    models = {}
    for model in ("sql", "dev/llama-3-8b"):
        done = bench(*arguments, "--output", str(tmp_path / model), "--model", model)
        assert done.exit_code == 0, done.output
        assert (", model sql" in done.output) == (model == "sql")
        (path,) = (tmp_path / model / "dev" / "llama-3-8b").glob("*.json")
        models[model] = json.loads(path.read_text())["model"]
    assert models == {"sql": "sql", "dev/llama-3-8b": None}


def test_a_sweep_without_a_stack(endpoint: Endpoint) -> None:
    done = bench(
        "--url", endpoint.url, "--service", "good", "--sweep", "--seconds", "1", "--max-concurrency", "4", "--json"
    )
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert [rung["concurrency"] for rung in record["sweep"]["rungs"]] == [1, 2, 4]
    assert (record["service"], record["price"], record["runs"]) == ("good", None, [])


def test_a_sweep_of_an_address_needs_the_number_of_replicas_for_a_threshold(endpoint: Endpoint) -> None:
    arguments = ["--url", endpoint.url, "--service", "good", "--sweep", "--seconds", "1", "--max-concurrency", "2"]
    assert "no threshold will be proposed: give --replicas" in bench(*arguments).stderr
    done = bench(*arguments, "--replicas", "2", "--json")
    assert "no threshold" not in done.stderr
    record = json.loads(done.stdout)
    assert (record["subject"]["replicas"], record["replicas_from"]) == (2, "--replicas")
    assert [rung["replicas_after"] for rung in record["sweep"]["rungs"]] == [2, 2]


def test_a_server_that_fails_every_request(endpoint: Endpoint) -> None:
    done = bench("--url", endpoint.url, "--service", "x", "--model", "busy")
    assert done.exit_code == 1
    assert "busy at http://127.0.0.1" in done.output
    assert "429: rate_limit_exceeded" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to measure: give --stack, or --url"),
        (["--url", "llm.example.com"], "write an address such as https://HOST"),
        (["--url", "http://127.0.0.1:9"], "http://127.0.0.1:9 does not answer"),
        (["--url", "URL"], "serves no model of that name; it lists good, dev/llama-3-8b: give --model"),
        (["--url", "URL", "--key", "bad"], "/v1/models answers 401: check the key"),
        (["--rate", "1", "--sweep"], "--rate and --sweep"),
        (["--seconds", "5"], "--seconds is the time of --rate"),
        (["--output", "x", "--bucket", "y"], "--output and --bucket"),
        (["--url", "URL", "--key", "a\nb"], "characters that no header can have"),
        (["--context", "prod"], "--context is where the replicas of --stack are counted"),
        (["--context", "prod", "--stack", STACK, "--replicas", "1"], "give it with --stack, without --replicas"),
        (["--stack", STACK], "stack .* has no such service; it has llama-3-8b"),
        (["--stack", "no-such"], "there is no stack file"),
    ],
)
def test_usage_errors(endpoint: Endpoint, arguments: list[str], message: str) -> None:
    done = bench("--service", "x", *(endpoint.url if one == "URL" else one for one in arguments))
    assert isinstance(done.exception, UsageError)
    with pytest.raises(UsageError, match=message):
        raise done.exception


def test_an_address_that_redirects_names_the_other_one(endpoint: Endpoint) -> None:
    done = bench("--service", "good", "--url", f"{endpoint.url}/moved/v1")
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).startswith(f"{endpoint.url}/moved redirects to {endpoint.url}/v1: give that address")


def test_without_pulumi_the_address_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = bench("--service", "llama-3-8b", "--stack", STACK)
    assert "the Pulumi CLI is not on PATH" in str(done.exception)


def test_the_short_name_of_another_stacks_service_is_not_that_of_the_service(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway lists the platform's services by their short names too."""
    wanted = Wanted(service="llama-3-8b", url=endpoint.url, names=("dev/llama-3-8b", "llama-3-8b"))
    monkeypatch.setattr(address, "_listed", lambda *_: ["dev/llama-3-8b", "llama-3-8b"])
    assert target(wanted, None)[0].model == "dev/llama-3-8b"
    with pytest.raises(
        UsageError, match="serves no model of that name; it lists dev/llama-3-8b, llama-3-8b: give --model"
    ):
        target(replace(wanted, names=("one/llama-3-8b", "llama-3-8b")), None)
    monkeypatch.setattr(address, "_listed", lambda *_: ["llama-3-8b"])
    assert target(replace(wanted, names=("one/llama-3-8b", "llama-3-8b")), None)[0].model == "llama-3-8b"


def test_names_of_a_server_are_shown_on_one_line(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "_listed", lambda *_: ["a\x1b[31m\nb", "c" * 1000])
    with pytest.raises(UsageError, match=r"it lists a\\x1b\[31m\\nb, c+\.\.\.c+ \(1,000 characters\): give --model"):
        target(Wanted(service="x", url=endpoint.url), None)


def outputs(platform: dict[str, str], own: dict[str, str] | None = None) -> Callable[[], Outputs]:
    return lambda: Outputs(platform=platform, own=platform if own is None else own)


def test_a_teams_service_called_gateway_is_not_the_gateway(endpoint: Endpoint) -> None:
    platform = {"gateway_url": f"{endpoint.url}/v1", "gateway_table": "llm-dev-gateway"}
    own = {"gateway_url": "http://gateway.llm-one.svc.cluster.local", "gateway_api_key": "k"}
    found, sent_to = target(Wanted(service="gateway", key="sk-1", model="one/gateway"), outputs(platform, own))
    assert (found.url, found.key, sent_to) == (endpoint.url, "sk-1", "gateway")


def test_a_service_called_gateway_is_one_where_there_is_no_gateway() -> None:
    own = {"gateway_url": "http://gateway.llm.svc.cluster.local", "gateway_api_key": "k"}
    for found, sent_to in (
        target(Wanted(service="gateway", model="gateway"), outputs(own)),
        target(Wanted(service="gateway", model="gateway"), outputs({}, own)),
    ):
        assert (found.url, found.key, sent_to) == (own["gateway_url"], "k", "endpoint")


def test_a_teams_service_that_is_not_deployed_is_not_the_platforms_of_its_name() -> None:
    platform = {"chat_url": "http://chat.llm.svc.cluster.local", "chat_api_key": "k"}
    with pytest.raises(UsageError, match="exports neither gateway_url nor chat_url: deploy it first"):
        target(Wanted(service="chat", model="chat"), outputs(platform, {}))


def fake_pulumi(folder: Path, exported: dict[str, str]) -> None:
    (folder / "outputs.json").write_text(json.dumps(exported))
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n/bin/cat {folder}/outputs.json\n")
    program.chmod(0o755)


def test_the_gateway_needs_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: Endpoint) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_pulumi(tmp_path, {"gateway_url": f"{endpoint.url}/v1", "gateway_table": "llm-dev-gateway"})
    done = bench("--service", "llama-3-8b", "--stack", STACK)
    assert "needs a tenant's key: give it by LLM_API_KEY" in str(done.exception)


def test_the_address_of_the_gateway_is_an_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: Endpoint
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LLM_API_KEY", "sk-tenant")
    fake_pulumi(tmp_path, {"gateway_url": f"{endpoint.url}/v1", "gateway_table": "llm-dev-gateway"})
    arguments = ["--service", "llama-3-8b", "--stack", STACK, "--rate", "10", "--seconds", "1"]
    done = bench(*arguments, "--output", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "Bearer sk-tenant" in endpoint.keys
    (path,) = (tmp_path / "dev" / "llama-3-8b").glob("*.json")
    assert json.loads(path.read_text())["sent_to"] == "gateway"
    without = bench(*arguments)
    assert "exports no bucket_name" in str(without.exception)
