"""Who inside reaches the cluster's private endpoint: pulumi-eks lets in the nodes alone."""

from collections.abc import Sequence

import pulumi

from components.network.https_ingress import https_ingress


def api_ingress(
    name: str, *, security_group_id: pulumi.Input[str], network_cidr: str, cidrs: Sequence[str], parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """HTTPS to the Kubernetes API from the VPC, and from the networks ``cidrs`` that are joined to it.

    Inside the VPC the API's name leads to the private endpoint, also while the public one is on: without these rules
    ``pulumi up`` or kubectl, run there, would wait for a connection that nothing answers.
    """
    admitted = {f"{name}-api": network_cidr, **{f"{name}-api-{cidr.replace('/', '-')}": cidr for cidr in cidrs}}
    return [
        https_ingress(
            rule,
            security_group_id=security_group_id,
            description=f"Kubernetes API from {cidr}",
            cidr=cidr,
            parent=parent,
        )
        for rule, cidr in admitted.items()
    ]
