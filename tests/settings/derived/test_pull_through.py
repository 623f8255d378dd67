import pytest

from settings.derived.pull_through import cache_rules, has_templates, image_caches
from settings.models.mirrors import PullThroughSettings

HUB = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
SETTINGS = PullThroughSettings.model_validate({"docker_hub": {"secret_arn": HUB}, "ecr_public": True})


def test_a_rule_for_each_registry_that_is_named() -> None:
    hub, public = cache_rules(SETTINGS, "dev")
    assert (hub.registry, hub.url, hub.prefix, hub.secret_arn) == (
        "docker.io",
        "registry-1.docker.io",
        "llm-dev/docker-hub",
        HUB,
    )
    assert (public.registry, public.prefix, public.secret_arn) == ("public.ecr.aws", "llm-dev/ecr-public", None)
    assert cache_rules(None, "dev") == ()


def test_the_prefix_is_a_setting() -> None:
    own = SETTINGS.model_copy(update={"prefix": "ml"})
    assert [rule.prefix for rule in cache_rules(own, "dev")] == ["ml/docker-hub", "ml/ecr-public"]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
        ("cn-north-1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_where_the_caches_are(region: str, host: str) -> None:
    caches = image_caches(SETTINGS, "dev", account="123456789012", region=region)
    assert caches == {"docker.io": f"{host}/llm-dev/docker-hub", "public.ecr.aws": f"{host}/llm-dev/ecr-public"}
    assert image_caches(SETTINGS, "dev", account=None, region=region) == {}


def test_regions_without_templates() -> None:
    assert [has_templates(region) for region in ("us-east-1", "us-gov-west-1", "cn-north-1")] == [True, False, False]
