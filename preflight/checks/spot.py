"""The service-linked role that EC2 needs for spot instances: once an account.

EC2 User Guide, "Service-linked role for Spot Instance requests": it must exist unless the caller may create it.
"""

from collections.abc import Iterator

from preflight.cloud import Cloud, GoneError
from preflight.finding import Finding, warning
from preflight.subject import Subject

ROLE = "AWSServiceRoleForEC2Spot"
_OR_SETTING = "; or set cluster.karpenter.create_spot_service_linked_role"


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Warn if a pool is of spot and the account lacks the role, which Karpenter's controller may not make."""
    spot = [pool for pool in subject.pools.values() if pool.spot]
    if not spot or subject.spot_role:
        return
    try:
        cloud.ask("iam", "get_role", RoleName=ROLE)
    except GoneError:
        yield warning(
            f"pools.{spot[0].name}.{'capacity_types' if spot[0].karpenter else 'capacity'}",
            f"{'has' if spot[0].karpenter else 'is'} spot, and the account lacks {ROLE}: `aws iam create-service-linked-role "
            f"--aws-service-name spot.amazonaws.com`, once an account{_OR_SETTING if spot[0].karpenter else ''}",
        )
