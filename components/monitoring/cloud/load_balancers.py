"""Load balancers that the AWS Load Balancer Controller made, as CloudWatch names them.

CloudWatch's dimension is the end of the ARN, ``app/NAME/ID``. The program knows the DNS name only, from the status of the
Ingress or Service, and that of an application load balancer lacks the id. So the ARN is looked up at deployment by the tags that
the controller gives. An alarm cannot find it by itself: SEARCH expressions are not allowed in alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from settings.derived.monitoring.alarms import alarmed_services
from settings.derived.plan import StackPlan
from settings.models.stack import PlatformSettings

NOT_FOUND = "not-found"
"""Dimension of a load balancer that does not exist: its metrics are missing, which the alarm on healthy targets reports."""
_CLUSTER_TAG = "elbv2.k8s.aws/cluster"
_OWNER_TAG = {"app": "ingress.k8s.aws/stack", "net": "service.k8s.aws/stack"}
"""Tag with the Ingress or Service (kubernetes-sigs/aws-load-balancer-controller, docs/guide/ingress/annotations.md, "Resource
Tags"; pkg/deploy/tracking/provider.go)."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A load balancer, by the Kubernetes object that it was made for."""

    kind: Literal["app", "net"]
    """``app`` for an Ingress, ``net`` for a Service."""
    owner: str
    """Namespace and name of the object: ``llm-gateway/gateway``."""
    address: pulumi.Input[str]
    """DNS name of the load balancer, from the object's status; known once it exists."""

    @property
    def namespace(self) -> str:
        """CloudWatch's namespace of its metrics."""
        return "AWS/ApplicationELB" if self.kind == "app" else "AWS/NetworkELB"


def own_load_balancers(
    settings: PlatformSettings, plan: StackPlan, urls: Mapping[str, pulumi.Output[str]]
) -> dict[str, LoadBalancer]:
    """The network load balancers of the platform's own services that have one; `urls` has the URL of each service."""
    return {
        name: LoadBalancer(kind="net", owner=f"{settings.namespace}/{name}", address=urls[name].apply(_host))
        for name in alarmed_services(settings.services, plan.balanced)
    }


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def dimension(balancer: LoadBalancer, cluster_name: str, parent: pulumi.Resource) -> pulumi.Output[str]:
    """The value of CloudWatch's dimension ``LoadBalancer``; ``NOT_FOUND`` if no load balancer has the address."""
    address = pulumi.Output.from_input(balancer.address)
    # The tags come out of the address, so that nothing is looked up before the load balancer exists.
    tags = address.apply(lambda _: {_CLUSTER_TAG: cluster_name, _OWNER_TAG[balancer.kind]: balancer.owner})
    found = aws.lb.get_lbs_output(tags=tags, opts=pulumi.InvokeOptions(parent=parent))
    return pulumi.Output.all(found.arns, address).apply(lambda known: _suffix(known[0], known[1]))


def _suffix(arns: Sequence[str], address: str) -> str:
    """``app/NAME/ID`` of the one whose name is in the address: ``internal-NAME-123.REGION.elb...`` or ``NAME-ID.elb...``.

    After a change of scheme two have the tags for a while, the old one and the new.
    """
    host = address.partition(".")[0].removeprefix("internal-")
    suffixes = (arn.partition(":loadbalancer/")[2] for arn in arns)
    return next((one for one in suffixes if host.startswith(f"{one.split('/')[1]}-")), NOT_FOUND)
