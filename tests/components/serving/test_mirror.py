from tests.components.builders import MIRROR, deployment, document, service


def test_the_mirror_fills_the_prefix_before_the_service_starts():
    run = service(weights=MIRROR)
    job = run.one("Job")
    assert job.urn in run.one("Deployment").depends_on
    pod = job.inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"llm-platform/pool": "system"}
    assert pod["securityContext"]["runAsNonRoot"] is True
    told = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    assert told["MODEL"] == "meta-llama/Meta-Llama-3-8B-Instruct"
    assert (told["REVISION"], told["BUCKET"], told["PREFIX"]) == ("v1", "models-1", "weights/llama")
    assert "HF_TOKEN" in told
    assert "def mirror(" in run.one("ConfigMap", "chat-mirror").inputs["data"]["mirror_weights.py"]


def test_the_mirror_alone_may_write():
    run = service(weights=MIRROR)
    assert "WritePrefix" in document(run.one("RolePolicy", "chat-mirror"))
    assert "WritePrefix" not in document(run.one("RolePolicy", "chat"))
    written = document(run.one("RolePolicy", "chat-mirror"))["WritePrefix"]["Resource"]
    assert [str(one).partition(":::")[2].partition("/")[2] for one in written] == ["weights/llama/*"]
    trust = document(run.one("Role", "chat-mirror"), "assumeRolePolicy")["TrustServiceAccount"]
    assert trust["Condition"]["StringEquals"]["oidc.example.com/id/X:sub"] == "system:serviceaccount:llm:chat-mirror"


def test_the_mirror_keeps_its_name_and_runs_again_for_another_model():
    one, other = (service(weights=weights).one("Job") for weights in (MIRROR, {**MIRROR, "revision": "v2"}))
    assert one.urn == other.urn
    assert one.inputs["metadata"]["name"] == other.inputs["metadata"]["name"] == "chat-mirror"
    assert one.inputs["spec"]["template"] != other.inputs["spec"]["template"]


def test_the_mirror_s_pods_are_not_the_service_s():
    run = service(weights=MIRROR)
    selector = deployment(run)["selector"]["matchLabels"]
    labels = run.one("Job").inputs["spec"]["template"]["metadata"]["labels"]
    assert not selector.items() <= labels.items()


def test_a_copy_that_failed_is_made_anew_by_the_next_up():
    job = service(weights=MIRROR).one("Job")
    assert job.inputs["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    assert "annotations" not in job.inputs["spec"]["template"]["metadata"], "its pods are as before"
