"""The compile cache: the Job that fills it, and the engines that start with it."""

from functools import cache
from typing import Any

import pytest

from settings.derived.timeouts import service_timing
from tests.components.builders import (
    BUCKET,
    HUB,
    container,
    deployment,
    document,
    facts,
    service,
    service_settings,
    services,
)
from tests.harness import Deployment, Registration

DIGEST = "sha256:" + "0a" * 32
IMAGE = f"vllm/vllm-openai:v0.32.0@{DIGEST}"
OTHER = f"vllm/vllm-openai:v0.32.0@sha256:{'0b' * 32}"
WEIGHTS = "arn:aws:s3:::models-1/weights/llama/*"
ARCHIVES = "arn:aws:s3:::models-1/compile-cache/llm/chat/*"


@cache
def cached() -> Deployment:
    return service(compile_cache=True, image=IMAGE, weights=BUCKET)


def job(run: Deployment) -> Registration:
    return next(one for one in run.registrations if one.type.endswith(":Job"))


def spec(run: Deployment) -> dict[str, Any]:
    return dict(job(run).inputs["spec"]["template"]["spec"])


def variables(made: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in made["env"]}


@pytest.mark.parametrize("changes", [{}, {"image": IMAGE}, {"compile_cache": True}])
def test_without_it_or_without_a_digest_nothing_is_made(changes: dict[str, Any]) -> None:
    run = service(weights=BUCKET, **changes)
    assert not [one for one in run.registrations if "compile-cache" in one.name]
    pod = deployment(run)["template"]["spec"]
    assert "initContainers" not in pod
    assert len(pod["volumes"]) == 4
    assert set(document(run.one("RolePolicy", "chat"))) == {"ListPrefix", "ReadPrefix", "DecryptObjects"}


def test_an_engine_gets_archives_of_its_service_and_writes_nothing() -> None:
    allowed = document(cached().one("RolePolicy", "chat"))
    assert allowed["GetCompileCache"] == {
        "Sid": "GetCompileCache",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [ARCHIVES],
    }
    actions = {action for one in allowed.values() for action in one["Action"]}
    assert actions == {"s3:ListBucket", "s3:GetObject", "kms:Decrypt"}


def test_the_job_alone_puts_archives_where_there_are_none() -> None:
    allowed = document(cached().one("RolePolicy", "chat-compile-cache"))
    assert allowed["PutCompileCacheOnce"] == {
        "Sid": "PutCompileCacheOnce",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": [ARCHIVES],
        "Condition": {"Null": {"s3:if-none-match": "false"}},
    }
    assert allowed["ReadPrefix"]["Resource"] == [WEIGHTS]
    actions = {action for one in allowed.values() for action in one["Action"]}
    assert actions == {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
    trusted = document(cached().one("Role", "chat-compile-cache"), "assumeRolePolicy")
    assert "system:serviceaccount:llm:chat-compile-cache" in str(trusted)
    assert spec(cached())["serviceAccountName"] == "chat-compile-cache"
    assert deployment(cached())["template"]["spec"]["serviceAccountName"] == "chat"


def test_weights_of_the_hub_need_the_key_for_the_archive() -> None:
    run = service(compile_cache=True, image=IMAGE, weights=HUB)
    assert set(document(run.one("RolePolicy", "chat"))) == {"DecryptObjects", "GetCompileCache"}
    (engine,) = [one for one in spec(run)["initContainers"] if one["name"] == "vllm"]
    assert variables(engine)["HF_TOKEN"]


def test_the_archive_is_fetched_before_the_engine_starts() -> None:
    pod = deployment(cached())["template"]["spec"]
    (fetch,) = pod["initContainers"]
    assert fetch["command"] == ["python3", "/etc/compile-cache/compile_cache.py", "fetch"]
    assert fetch["securityContext"]["readOnlyRootFilesystem"] is True
    assert "nvidia.com/gpu" not in fetch["resources"]["requests"]
    assert fetch["resources"]["limits"] == {"memory": "512Mi"}
    mounted = {one["name"]: one["mountPath"] for one in fetch["volumeMounts"]}
    assert mounted == {"cache": "/var/cache/compile", "compile-cache": "/etc/compile-cache"}
    scripts = cached().one("ConfigMap", "chat-compile-cache")
    assert sorted(scripts.inputs["data"]) == ["compile_cache.py", "compile_once.py"]
    assert scripts.urn in cached().one("Deployment").depends_on
    served = container(cached())
    assert "compile-cache" not in {one["name"] for one in served["volumeMounts"]}


def test_job_and_engines_name_one_archive() -> None:
    (fetch,) = deployment(cached())["template"]["spec"]["initContainers"]
    pod = spec(cached())
    places = [variables(one)["KEY"] for one in (fetch, pod["initContainers"][0], *pod["containers"])]
    assert len(set(places)) == 1
    folder, _, file = places[0].rpartition("/")
    assert folder == "compile-cache/llm/chat"
    assert len(file) == 64 + len(".tar")
    assert job(cached()).name == f"chat-compile-cache-{file[:8]}"


def test_the_job_runs_the_same_engine_once() -> None:
    pod = spec(cached())
    check, engine = pod["initContainers"]
    (store,) = pod["containers"]
    assert [one["command"][-1] for one in (check, store)] == ["check", "store"]
    served = container(cached())
    same = ("image", "args", "resources", "securityContext")
    assert {name: engine[name] for name in same} == {name: served[name] for name in same}
    assert engine["command"] == ["python3", "/etc/compile-cache/compile_once.py", "vllm", "serve"]
    own = variables(engine)
    assert {name: value for name, value in own.items() if name in variables(served)} == variables(served)
    assert own["HEALTH"] == "http://$(POD_IP):8000/health"
    assert own["POD_IP"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    # One file of the volume, as each container has it.
    assert own["MARKER"] == "/home/vllm/.cache/.there"
    assert {variables(one)["MARKER"] for one in (check, store)} == {"/var/cache/compile/.there"}
    serving = deployment(cached())["template"]["spec"]
    assert pod["volumes"] == serving["volumes"]
    assert all(pod[name] == serving[name] for name in ("nodeSelector", "tolerations", "securityContext"))
    assert pod["restartPolicy"] == "Never"


def test_no_request_reaches_the_job() -> None:
    labels = job(cached()).inputs["spec"]["template"]["metadata"]["labels"]
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        found = cached().one(kind).inputs["spec"]["selector"]
        selector = found.get("matchLabels", found)
        assert not selector.items() <= labels.items(), kind
    assert labels.get("app.kubernetes.io/component") != "inference", "Prometheus would scrape it"
    policy = cached().one("NetworkPolicy", "chat-compile-cache").inputs["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert "ingress" not in policy
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    served = cached().one("NetworkPolicy", "chat").inputs["spec"]["podSelector"]["matchLabels"]
    assert not served.items() <= labels.items()


def test_no_deployment_waits_for_it_and_it_does_not_keep_a_gpu_for_long() -> None:
    made = job(cached())
    assert cached().one("Deployment").urn in made.depends_on
    assert made.inputs["metadata"]["annotations"] == {
        "pulumi.com/skipAwait": "true",
        "pulumi.com/replaceUnready": "true",
    }
    settings = service_settings(compile_cache=True, image=IMAGE, weights=BUCKET)
    timing = service_timing(settings, facts()["g5"])
    assert made.inputs["spec"]["activeDeadlineSeconds"] == timing.warm_up_deadline
    assert timing.warm_up_deadline >= timing.startup + timing.node
    pod = made.inputs["spec"]["template"]["metadata"]
    assert pod["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}


@pytest.mark.parametrize(
    ("classes", "name"),
    [(None, None), ({"teams": ["low"]}, "llm-platform-low"), ({"teams": ["high"]}, None)],
)
def test_a_replica_that_needs_the_gpu_takes_it(classes: dict[str, Any] | None, name: str | None) -> None:
    settings = service_settings(compile_cache=True, image=IMAGE, weights=BUCKET)
    run = services(("chat", settings), **({"priorities": classes} if classes else {}))
    assert spec(run).get("priorityClassName") == name
    (rule,) = job(run).inputs["spec"]["podFailurePolicy"]["rules"]
    assert rule == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"image": OTHER},
        {"model": "meta-llama/Llama-3.1-8B-Instruct"},
        {"max_model_len": 4096},
        {"args": {"max-num-seqs": 8}},
        {"weights": {**BUCKET, "revision": "v2"}},
        {"weights": {**BUCKET, "prefix": "weights/other"}},
        {"weights": HUB},
    ],
)
def test_another_engine_has_another_archive(changes: dict[str, Any]) -> None:
    run = service(**({"compile_cache": True, "image": IMAGE, "weights": BUCKET} | changes))
    assert job(run).name != job(cached()).name


@pytest.mark.parametrize("changes", [{"replicas": 3}, {"startup_seconds": 7200}, {"alerts": {"ttft_p95_seconds": 1}}])
def test_what_the_engine_does_not_see_changes_no_archive(changes: dict[str, Any]) -> None:
    run = service(compile_cache=True, image=IMAGE, weights=BUCKET, **changes)
    assert job(run).name == job(cached()).name
