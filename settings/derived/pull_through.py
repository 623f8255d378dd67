"""Pull-through cache rules of Amazon ECR that follow from ``images.pull_through``, and how images are named in the cache."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.catalog.partitions import partition_of
from settings.models.mirrors import UPSTREAMS, PullThroughSettings

LONGEST_PREFIX = 30
"""Characters of a rule's repository prefix (Amazon ECR API Reference, CreatePullThroughCacheRule)."""


@dataclass(frozen=True, kw_only=True)
class CacheRule:
    """One rule: an upstream registry and the prefix of the repositories that cache it."""

    key: str
    """Its setting below ``images.pull_through``, such as ``docker_hub``."""
    registry: str
    """Registry in the names of images, such as ``docker.io``."""
    url: str
    """The upstream registry as Amazon ECR has it, such as ``registry-1.docker.io``."""
    prefix: str
    """Prefix of the repositories, such as ``llm-dev/docker-hub``."""
    secret_arn: str | None
    """ARN of the secret with the credentials; None where the registry needs none."""


def default_prefix(stack: str) -> str:
    """What the prefix of every rule begins with where the settings name nothing else: the cluster's name."""
    return f"llm-{stack}"


def cache_rules(settings: PullThroughSettings | None, stack: str) -> tuple[CacheRule, ...]:
    """The rules of a stack; none without the setting."""
    if settings is None:
        return ()
    base = settings.prefix or default_prefix(stack)
    return tuple(
        CacheRule(
            key=upstream.key,
            registry=upstream.registry,
            url=upstream.url,
            prefix=f"{base}/{upstream.name}",
            secret_arn=settings.secret_arn(upstream.key),
        )
        for upstream in UPSTREAMS
        if getattr(settings, upstream.key)
    )


def image_caches(
    settings: PullThroughSettings | None, stack: str, *, account: str | None, region: str
) -> Mapping[str, str]:
    """Registry in the names of images to where the cache has its repositories; empty without an account.

    Args:
        settings: ``images.pull_through``.
        stack: name of the stack.
        account: the account whose registry it is, 12 digits.
        region: AWS region of the registry.
    """
    if account is None:
        return {}
    end = "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"
    host = f"{account}.dkr.ecr.{region}.{end}"
    return {rule.registry: f"{host}/{rule.prefix}" for rule in cache_rules(settings, stack)}


def has_templates(region: str) -> bool:
    """Whether Amazon ECR has repository creation templates in a region: not in China and GovCloud.

    Amazon ECR User Guide, "Templates to control repositories created during a pull through cache or replication action".
    """
    return partition_of(region) == "aws"
