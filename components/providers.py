"""The only places where a region, default tags or a kubeconfig are bound."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from settings.models.account import AssumeRole


def aws_provider(
    region: str, tags: Mapping[str, str], *, account: str | None = None, assume_role: AssumeRole | None = None
) -> aws.Provider:
    """The stack's AWS provider; every taggable resource made through it carries ``tags``.

    Args:
        region: AWS region.
        tags: default tags.
        account: the only account it works in; None for whichever the credentials belong to.
        assume_role: role it takes before anything else; None for the credentials as they are.
    """
    role = assume_role and aws.ProviderAssumeRoleArgs(
        role_arn=assume_role.role_arn, external_id=assume_role.external_id, session_name=assume_role.session_name
    )
    return aws.Provider(
        "aws",
        region=region,
        default_tags={"tags": dict(tags)},
        allowed_account_ids=[account] if account else None,
        assume_roles=[role] if role else None,
    )


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
        opts=opts,
    )
