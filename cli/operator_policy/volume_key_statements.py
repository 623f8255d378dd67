"""Statements on a KMS key of one's own for volumes.

A policy of its own, for stacks with ``cluster.volume_key``, as the gateway's is.
"""

from cli.operator_policy.statement import Allowed, Place, actions_of

SCALING_ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def volume_key_statements(place: Place) -> list[Allowed]:
    """Statements on the grant that ``components/cluster/volume_key.py`` makes; the key itself is not the platform's."""
    return [
        Allowed(
            sid="GrantVolumeKeys",
            actions=["kms:CreateGrant"],
            resources=place.volume_keys,
            conditions={"StringEquals": {"kms:GranteePrincipal": place.arn("iam", SCALING_ROLE, region="")}},
            because="the keys that the stacks name, for Auto Scaling's role and no other",
        ),
        Allowed(
            sid="UngrantVolumeKeys",
            actions=actions_of("kms", "ListGrants RevokeGrant"),
            resources=place.volume_keys,
            because="the keys that the stacks name; a grant is revoked by its id, which KMS makes",
        ),
    ]
