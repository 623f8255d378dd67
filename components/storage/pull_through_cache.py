"""Pull-through caches of Amazon ECR: rules for upstream registries, and how the repositories are made that they fill."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws

from settings.derived.plan import StackPlan
from settings.derived.pull_through import CacheRule, cache_rules, has_templates
from settings.models.stack import PlatformSettings

UNTAGGED_DAYS = 14
"""Days that an image without a tag is kept: one whose tag its registry has moved to another."""
_LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": f"Images whose tag was moved, after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        }
    ]
}


@dataclass(frozen=True, kw_only=True)
class PullThroughCacheArgs:
    """Arguments of :class:`PullThroughCache`."""

    rules: Sequence[CacheRule]
    """Its rules."""
    account: str
    """AWS account, 12 digits."""
    region: str
    """AWS region."""

    @classmethod
    def of(cls, settings: PlatformSettings, plan: StackPlan) -> Self | None:
        """Arguments of a stack's caches; None without ``images.pull_through``."""
        rules = cache_rules(settings.images.pull_through, plan.stack)
        if not rules or settings.account is None:
            return None
        return cls(rules=rules, account=settings.account, region=plan.facts.region)


class PullThroughCache(pulumi.ComponentResource):
    """A rule for each upstream registry, with a template of the repositories that Amazon ECR makes at the first pull.

    The repositories themselves are made by Amazon ECR: no stack has them, and a destroy leaves them.
    """

    repositories: Sequence[pulumi.Output[str]]
    """ARNs of the repositories that the rules fill, one pattern a rule."""
    rules: Sequence[pulumi.Resource]
    """What must exist before an image is pulled."""

    def __init__(self, name: str, args: PullThroughCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the rules."""
        super().__init__("llm:storage:PullThroughCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        templates = [self._template(name, rule, child) for rule in args.rules if has_templates(args.region)]
        self.rules = [
            *templates,
            *(
                aws.ecr.PullThroughCacheRule(
                    f"{name}-{rule.key.replace('_', '-')}",
                    ecr_repository_prefix=rule.prefix,
                    upstream_registry_url=rule.url,
                    credential_arn=rule.secret_arn,
                    opts=child,
                )
                for rule in args.rules
            ),
        ]
        partition = aws.get_partition_output(opts=pulumi.InvokeOptions(parent=self)).partition
        self.repositories = [
            pulumi.Output.concat("arn:", partition, f":ecr:{args.region}:{args.account}:repository/", rule.prefix, "/*")
            for rule in args.rules
        ]
        self.register_outputs({})

    @staticmethod
    def _template(name: str, rule: CacheRule, child: pulumi.ResourceOptions) -> aws.ecr.RepositoryCreationTemplate:
        """The template of a rule's repositories.

        Tags stay mutable: Amazon ECR moves them as the upstream registry does, within a day. It sets no tags on repositories:
        those, and a key of one's own, need a role that Amazon ECR assumes (Amazon ECR User Guide, "Creating a repository
        creation template").
        """
        return aws.ecr.RepositoryCreationTemplate(
            f"{name}-{rule.key.replace('_', '-')}",
            prefix=rule.prefix,
            description=f"Cache of {rule.registry}",
            applied_fors=["PULL_THROUGH_CACHE"],
            encryption_configurations=[
                aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(encryption_type="AES256")
            ],
            image_tag_mutability="MUTABLE",
            lifecycle_policy=json.dumps(_LIFECYCLE),
            opts=child,
        )
