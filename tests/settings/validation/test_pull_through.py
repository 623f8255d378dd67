from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from tests.settings.bad_settings import PLATFORM

HUB = "arn:aws:secretsmanager:{}:{}:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def parsed(stack: str = "dev", account: str | None = "123456789012", **pull_through: Any) -> Parsed:
    of_account = {"account": account} if account else {}
    return parse({**PLATFORM, **of_account, "images": {"pull_through": pull_through}}, stack=stack)


def issues(*args: Any, **settings: Any) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        parsed(*args, **settings)
    return {one.path: one.message for one in caught.value.issues}


def test_team_stacks_get_the_caches() -> None:
    secret = {"secret_arn": HUB.format("us-east-1", "123456789012")}
    facts = parsed(docker_hub=secret, ecr_public=True).plan.facts
    assert facts.image_caches == {
        "docker.io": f"{REGISTRY}/llm-dev/docker-hub",
        "public.ecr.aws": f"{REGISTRY}/llm-dev/ecr-public",
    }
    assert type(facts).of_export(facts.as_text()).image_sources == facts.image_sources
    assert "secretsmanager" not in facts.as_text()


def test_a_platform_without_exports_nothing_of_them() -> None:
    assert "image_caches" not in parse(PLATFORM, stack="dev").plan.facts.as_text()


def test_the_account_is_needed() -> None:
    assert (
        "images.pull_through names images by it; pulumi config set account"
        in issues(account=None, quay=True)["account"]
    )


@pytest.mark.parametrize(
    ("region", "account", "said"),
    [
        ("us-west-2", "123456789012", "is in us-west-2, and the cache rule in us-east-1"),
        ("us-east-1", "999988887777", "is in account 999988887777, and account is 123456789012"),
    ],
)
def test_a_secret_of_elsewhere_is_refused(region: str, account: str, said: str) -> None:
    found = issues(docker_hub={"secret_arn": HUB.format(region, account)})
    assert said in found["images.pull_through.docker_hub.secret_arn"]


@pytest.mark.parametrize("stack", ["a-very-long-stack", "Dev"])
def test_a_stack_whose_name_makes_no_prefix_needs_one(stack: str) -> None:
    said = issues(stack, ecr_public=True)["images.pull_through.prefix"]
    assert f"makes the prefix llm-{stack}/ecr-public, and Amazon ECR takes 30 characters at most" in said
    assert "set one of 19 characters at most" in said
    assert parsed(stack, ecr_public=True, prefix="ml").plan.facts.image_caches
