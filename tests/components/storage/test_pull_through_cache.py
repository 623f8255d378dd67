import json
from functools import cache

from components.storage.pull_through_cache import PullThroughCache, PullThroughCacheArgs
from settings.derived.pull_through import cache_rules
from settings.models.mirrors import PullThroughSettings
from tests.components.builders import cluster, on_aws
from tests.harness import Deployment, deploy

HUB = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
SETTINGS = PullThroughSettings.model_validate({"docker_hub": {"secret_arn": HUB}, "ecr_public": True})


@cache
def caches(region: str = "us-east-1") -> Deployment:
    args = PullThroughCacheArgs(rules=cache_rules(SETTINGS, "dev"), account="123456789012", region=region)

    def program() -> dict[str, object]:
        return {"repositories": PullThroughCache("images", args, on_aws()).repositories}

    return deploy(program)


def test_a_rule_for_each_registry() -> None:
    rules = {one.name: one.inputs for one in caches().of_type("PullThroughCacheRule")}
    assert rules["images-docker-hub"] == {
        "ecrRepositoryPrefix": "llm-dev/docker-hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": HUB,
    }
    assert rules["images-ecr-public"] == {
        "ecrRepositoryPrefix": "llm-dev/ecr-public",
        "upstreamRegistryUrl": "public.ecr.aws",
    }


def test_repositories_are_encrypted_and_lose_what_no_tag_names() -> None:
    for template in caches().of_type("RepositoryCreationTemplate"):
        assert template.inputs["appliedFors"] == ["PULL_THROUGH_CACHE"]
        assert template.inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]
        (rule,) = json.loads(template.inputs["lifecyclePolicy"])["rules"]
        assert rule["selection"]["tagStatus"] == "untagged"
        assert "resourceTags" not in template.inputs


def test_there_are_no_templates_where_ecr_has_none() -> None:
    assert caches("us-gov-west-1").of_type("RepositoryCreationTemplate") == []
    assert len(caches("us-gov-west-1").of_type("PullThroughCacheRule")) == 2


def test_nodes_may_fill_the_repositories_of_the_rules_only() -> None:
    pattern = "arn:aws:ecr:us-east-1:123456789012:repository/llm-dev/docker-hub/*"
    made = cluster(image_cache_repositories=[pattern])
    policy = next(one for one in made.of_type("RolePolicy") if one.name == "llm-nodes-image-cache").inputs["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Action"] == ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    assert statement["Resource"] == [pattern]
    assert not any(one.name == "llm-nodes-image-cache" for one in cluster().of_type("RolePolicy"))
