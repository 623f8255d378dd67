import base64

from tests.components.builders import namespace


def test_pod_security_is_restricted():
    labels = namespace().one("Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["llm-platform/owner"] == "ml-platform"


def test_new_pods_are_ready_only_when_the_load_balancer_sends_them_requests():
    labels = namespace().one("Namespace").inputs["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"


def test_no_traffic_unless_a_policy_admits_it():
    made = namespace().one("NetworkPolicy").inputs
    assert made["spec"]["podSelector"] == {}
    assert made["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in made["spec"]
    assert "egress" not in made["spec"]
    assert made["metadata"]["namespace"] == "llm"


def test_the_hub_s_token_is_one_secret():
    secret = namespace("hf_x").one("Secret")
    assert secret.inputs["metadata"]["name"] == "hf-secret"
    assert base64.b64decode(secret.inputs["data"]["hf_api_token"]) == b"hf_x"
    assert any(path.startswith("data") for path in secret.secrets)


def test_without_a_gated_model_there_is_no_token():
    assert namespace().of_type("Secret") == []


def test_it_waits_for_the_cluster():
    made = namespace()
    assert made.one("LogGroup", "ready").urn in made.one("Namespace").depends_on


def test_classes_that_the_platform_does_not_allow_are_refused():
    quota = namespace(refused_priority_classes=("llm-platform-high",)).one("ResourceQuota").inputs
    assert quota["metadata"]["namespace"] == "llm"
    assert quota["spec"] == {
        "hard": {"pods": "0"},
        "scopeSelector": {
            "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["llm-platform-high"]}]
        },
    }
    assert namespace().of_type("ResourceQuota") == []
