import base64
import json
import math
import re
from typing import Any

import pytest

from settings.derived.timeouts import service_timing
from tests.components.builders import (
    BUCKET,
    HUB,
    MIRROR,
    container,
    deployment,
    document,
    environment,
    facts,
    service,
    service_settings,
    services,
)
from tests.harness import Deployment


def test_a_service_is_these_objects():
    run = service()
    assert run.error is None
    kinds = {one.type.rpartition(":")[2] for one in run.registrations if one.parent.endswith("VllmService::chat")}
    assert kinds == {
        "Role", "ServiceAccount", "Secret", "ConfigMap", "NetworkPolicy", "Deployment", "PodDisruptionBudget", "Service"
    }  # fmt: skip


def test_image_and_the_words_always_given():
    made = container(service())
    assert made["image"] == "vllm/vllm-openai:v0.32.0"
    assert made["command"] == ["vllm", "serve"]
    assert "--gpu-memory-utilization=0.90" in made["args"]
    assert "--served-model-name=chat" in made["args"]


def test_it_runs_as_the_image_s_user_and_meets_restricted():
    pod = deployment(service())["template"]["spec"]
    assert pod["securityContext"] == {
        "runAsUser": 2000,
        "runAsGroup": 0,
        "fsGroup": 2000,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(service())["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_it_runs_on_its_pool_and_tolerates_the_gpu_taint():
    pod = deployment(service())["template"]["spec"]
    assert pod["nodeSelector"] == {"llm-platform/pool": "g5"}
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_volumes_are_where_vllm_writes_and_shm_is_memory():
    run = service()
    volumes = {one["name"]: one for one in deployment(run)["template"]["spec"]["volumes"]}
    mounts = {one["name"]: one["mountPath"] for one in container(run)["volumeMounts"]}
    assert mounts["cache"] == "/home/vllm/.cache"
    assert mounts["tmp"] == "/tmp"
    assert mounts["shm"] == "/dev/shm"
    assert volumes["shm"]["emptyDir"]["medium"] == "Memory"
    limit_gib = int(container(run)["resources"]["limits"]["memory"].removesuffix("Mi")) / 1024
    assert int(volumes["shm"]["emptyDir"]["sizeLimit"].removesuffix("Gi")) < limit_gib


def test_it_asks_for_three_quarters_of_its_share_of_the_node():
    resources = container(service())["resources"]
    assert resources["requests"]["cpu"] == "6000m", "8 vCPUs, one GPU"
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == f"{24 * 1024}Mi", "32 GiB"
    assert resources["requests"]["nvidia.com/gpu"] == resources["limits"]["nvidia.com/gpu"] == "1"
    assert int(resources["requests"]["ephemeral-storage"].removesuffix("Gi")) > HUB["size_gib"]


def test_weights_from_the_hub():
    run = service(weights={**HUB, "revision": "v2"})
    assert container(run)["args"][:2] == ["meta-llama/Meta-Llama-3-8B-Instruct", "--revision=v2"]
    assert environment(run)["HF_TOKEN"] == {"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}
    assert run.of_type("RolePolicy") == []


def test_an_open_model_gets_no_token():
    assert "HF_TOKEN" not in environment(service(weights={**HUB, "gated": False}))


def test_weights_from_the_bucket_are_streamed():
    run = service(weights=BUCKET)
    assert container(run)["args"][:3] == [
        "s3://models-1/weights/llama",
        "--load-format=runai_streamer",
        # Bytes for each process: a quarter of three quarters of the 32 GiB of a g5.2xlarge.
        '--model-loader-extra-config={"concurrency":32,"memory_limit":6442450944}',
    ]
    assert "HF_TOKEN" not in environment(run)
    assert environment(run)["AWS_REGION"] == "us-east-1"
    policy = document(run.one("RolePolicy"))
    assert policy["ReadPrefix"]["Resource"] == ["arn:aws:s3:::models-1/weights/llama/*"]
    assert "WritePrefix" not in policy


def test_several_processes_share_the_reading():
    said = container(service(weights=BUCKET, tensor_parallel=4))["args"][2]
    assert said.startswith("--model-loader-extra-config={")
    told = json.loads(said.partition("=")[2])
    assert told["distributed"] is True
    assert isinstance(told["memory_limit"], int)
    assert not [word for word in container(service(weights=HUB))["args"] if "extra-config" in word]


def test_the_role_is_the_service_account_s_alone():
    run = service()
    trust = document(run.one("Role"), "assumeRolePolicy")["TrustServiceAccount"]
    assert trust["Condition"]["StringEquals"]["oidc.example.com/id/X:sub"] == "system:serviceaccount:llm:chat"
    account = run.one("ServiceAccount").inputs
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith(":chat")
    assert deployment(run)["template"]["spec"]["serviceAccountName"] == account["metadata"]["name"] == "chat"


def test_two_keys_stand_in_a_secret_and_stay():
    secret = service().one("Secret")
    assert {"data.api_key", "data.scrape_token"} <= secret.secrets or "data" in secret.secrets
    assert set(secret.ignore_changes) == {"data.api_key", "data.scrape_token"}
    keys = {name: base64.b64decode(value) for name, value in secret.inputs["data"].items()}
    assert len(set(keys.values())) == 2
    assert all(len(value) >= 40 for value in keys.values())


def test_no_two_services_share_a_key():
    run = services(("one", service_settings()), ("two", service_settings()))
    drawn = [one.inputs["data"]["api_key"] for one in run.of_type("Secret")]
    assert len(set(drawn)) == 2


@pytest.mark.parametrize(("tag", "offline"), [("v0.32.0", True), ("v0.20.0", True), ("v0.19.1", False)])
def test_weights_from_the_bucket_need_no_hub_where_vllm_can_do_without(tag, offline):
    run = service(weights=BUCKET, image=f"vllm/vllm-openai:{tag}")
    assert environment(run).get("HF_HUB_OFFLINE") == ("1" if offline else None)


def test_an_image_without_the_user_finds_name_and_caches_in_the_environment():
    found = environment(service())
    assert found["USER"] == "vllm"
    assert found["TRITON_CACHE_DIR"].startswith("/home/vllm/.cache/")


def test_keys_reach_vllm_by_environment_never_by_argument():
    run = service()
    found = environment(run)
    assert found["VLLM_API_KEY"] == {"secretKeyRef": {"name": "chat-keys", "key": "api_key"}}
    assert found["LLM_SCRAPE_TOKEN"] == {"secretKeyRef": {"name": "chat-keys", "key": "scrape_token"}}
    assert not [word for word in container(run)["args"] if "api-key" in word]


def test_the_allow_list_stands_before_vllm():
    run = service()
    assert "--middleware=path_allow_list.PathAllowList" in container(run)["args"]
    assert "--disable-fastapi-docs" in container(run)["args"]
    assert "class PathAllowList" in run.one("ConfigMap").inputs["data"]["path_allow_list.py"]
    mount = next(one for one in container(run)["volumeMounts"] if one["name"] == "middleware")
    assert mount["mountPath"] == environment(run)["PYTHONPATH"]


def test_the_allow_list_can_be_left_out():
    run = service(path_allow_list=False)
    assert run.of_type("ConfigMap") == []
    assert not [word for word in container(run)["args"] if word.startswith(("--middleware", "--disable-fastapi"))]
    assert "LLM_SCRAPE_TOKEN" not in environment(run)


def test_pods_roll_when_middleware_or_keys_change():
    run = service()
    annotations = deployment(run)["template"]["metadata"]["annotations"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", annotations[f"llm-platform/{one}"]) for one in ("keys", "middleware"))
    other = services(("chat", service_settings()))
    assert (
        deployment(other)["template"]["metadata"]["annotations"]["llm-platform/keys"]
        != annotations["llm-platform/keys"]
    )
    assert not [path for path in run.one("Deployment").secrets if "annotations" in path], "a checksum may be seen"


@pytest.mark.parametrize("weights", [HUB, BUCKET, {**HUB, "size_gib": 120}])
@pytest.mark.parametrize("startup_seconds", [None, 7200])
def test_one_formula_times_probes_deadlines_and_timeouts(weights, startup_seconds):
    settings = service_settings(weights=weights, startup_seconds=startup_seconds)
    waits = service_timing(settings, facts()["g5"])
    assert waits.startup > 525 if startup_seconds is None else waits.startup == 7200
    run = service(weights=weights, startup_seconds=startup_seconds)
    probe = container(run)["startupProbe"]
    assert probe["periodSeconds"] == 10
    assert probe["failureThreshold"] == math.ceil(waits.startup / 10)
    assert deployment(run)["progressDeadlineSeconds"] == waits.startup + 900 + 75 + 180
    for kind in ("Deployment", "Service"):
        assert {_seconds(text) for text in run.one(kind).timeouts.values()} == {waits.startup + 900 + 75 + 180 + 300}


def test_a_rollout_has_time_for_one_replica_after_the_other():
    one, three = (run.one("Deployment").timeouts for run in (service(), service(replicas=3)))
    assert _seconds(three["create"]) == _seconds(one["create"])
    assert _seconds(three["update"]) == 3 * (_seconds(one["update"]) - 300) + 300


def _seconds(text: str) -> int:
    parts = re.findall(r"(\d+)(h|m|s)", text)
    return sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)


def test_shutdown_waits_for_endpoints_and_for_requests():
    run = service()
    assert container(run)["lifecycle"]["preStop"] == {"sleep": {"seconds": 15}}
    assert "--shutdown-timeout=45" in container(run)["args"]
    assert deployment(run)["template"]["spec"]["terminationGracePeriodSeconds"] == 75


@pytest.mark.parametrize(("spare", "surge", "unavailable"), [(1, 1, 0), (0, 0, 1)])
def test_a_rollout_surges_only_into_a_spare_gpu(spare, surge, unavailable):
    run = services(("chat", service_settings()), spare_gpus=spare)
    rolling = deployment(run)["strategy"]["rollingUpdate"]
    assert (rolling["maxSurge"], rolling["maxUnavailable"]) == (surge, unavailable)


def test_labels_are_the_standard_ones_and_pods_carry_what_never_changes():
    run = service()
    labels = run.one("Deployment").inputs["metadata"]["labels"]
    assert labels["app.kubernetes.io/name"] == "vllm"
    assert labels["app.kubernetes.io/instance"] == "chat"
    assert labels["app.kubernetes.io/component"] == "inference"
    assert labels["llm-platform/owner"] == "ml-platform"
    assert "llm-platform/owner" not in deployment(run)["template"]["metadata"]["labels"]


def test_everything_waits_for_the_cluster_to_be_ready():
    run = service()
    assert run.one("LogGroup", "ready").urn in run.one("Deployment").depends_on
    assert run.one("Deployment").urn in run.one("Service").depends_on


def test_other_options_follow_in_the_words_of_vllm():
    made = container(service(args={"max-num-seqs": 64, "enforce-eager": True}, dtype="bfloat16", quantization="fp8"))
    assert {"--max-num-seqs=64", "--enforce-eager", "--dtype=bfloat16", "--quantization=fp8"} <= set(made["args"])


def _of(run: Deployment, name: str) -> dict[str, Any]:
    """Everything a service registered but for its random keys and what follows from them."""
    return {
        one.urn: json.loads(re.sub(r"[0-9a-f]{64}", "CHECKSUM", json.dumps(dict(one.inputs), sort_keys=True)))
        for one in run.registrations
        if f"VllmService::{name}" in one.parent and one.type.rpartition(":")[2] != "Secret"
    }


def test_adding_a_service_touches_nothing_of_the_others():
    alone = services(("one", service_settings()))
    both = services(("one", service_settings()), ("two", service_settings(weights=MIRROR)))
    assert _of(alone, "one") == _of(both, "one")


def test_changing_replicas_changes_that_deployment_alone():
    before, after = (_of(service(weights=MIRROR, replicas=count), "chat") for count in (1, 2))
    changed = [urn for urn in before if before[urn] != after[urn]]
    assert [urn.split("$")[-1].split("::")[0] for urn in changed] == ["kubernetes:apps/v1:Deployment"]


def test_another_owner_changes_no_pod():
    one, other = (services(("chat", service_settings(weights=MIRROR)), owner=owner) for owner in "ab")
    for kind in ("Deployment", "Job"):
        templates = [json.dumps(run.one(kind).inputs["spec"], sort_keys=True) for run in (one, other)]
        assert re.sub(r"[0-9a-f]{64}", "", templates[0]) == re.sub(r"[0-9a-f]{64}", "", templates[1])


def test_pods_of_a_priority_have_its_class():
    assert deployment(service(priority="high"))["template"]["spec"]["priorityClassName"] == "llm-platform-high"
    assert "priorityClassName" not in deployment(service())["template"]["spec"]
