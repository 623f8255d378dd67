"""The only places where a region, default tags or a kubeconfig are bound."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from settings.derived.naming import Naming
from settings.derived.platform_facts import PlatformFacts


def aws_provider(
    facts: PlatformFacts, tags: Mapping[str, str], *, name: str = "aws", opts: pulumi.ResourceOptions | None = None
) -> aws.Provider:
    """The stack's AWS provider; every taggable resource made through it carries ``tags``.

    Args:
        facts: Region; the only account it works in, where it is known; and the role it assumes first, where there is one.
        tags: Default tags.
        name: Its name in the stack.
        opts: Its options.
    """
    taken = facts.assume_role
    role = taken and aws.ProviderAssumeRoleArgs(
        role_arn=taken.role_arn, external_id=taken.external_id, session_name=taken.session_name
    )
    return aws.Provider(
        name,
        region=facts.region,
        default_tags={"tags": dict(tags)},
        allowed_account_ids=[facts.account] if facts.account else None,
        assume_roles=[role] if role else None,
        opts=opts,
    )


def object_provider(name: str, facts: PlatformFacts, naming: Naming, parent: pulumi.Resource) -> aws.Provider | None:
    """The provider ``name`` of objects of S3, which take fewer tags than the stack has; None where they take all of them.

    Not the object's ``override_provider``: AWS's provider 6 and newer writes the default tags all the same
    (hashicorp/terraform-provider-aws#45381).
    """
    tags = naming.object_tags
    if tags == naming.tags:
        return None
    return aws_provider(facts, tags, name=name, opts=pulumi.ResourceOptions(parent=parent))


def kubernetes_provider(
    name: str, kubeconfig: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> kubernetes.Provider:
    """The provider for one cluster; it applies server-side, so that other controllers keep the fields they own.

    `upsert_existing_objects` stays off: an object of one of our names that this stack did not make (another stack's
    namespace) must be refused, not taken over. After a killed `up` an operator turns it on for one run by its
    environment variable (docs/operations.md, "After an interrupted operation").
    """
    return kubernetes.Provider(
        name,
        kubeconfig=kubeconfig,
        enable_server_side_apply=True,
        # Ours have fixed names, so a replacement would take them away from running pods for a while. Pods that must see
        # another content roll by a checksum in their annotations.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=opts,
    )
