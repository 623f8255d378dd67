"""The Kubernetes namespace of one stack's services, closed by default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.manifests import encode, metadata

HF_SECRET = "hf-secret"  # noqa: S105 - the Secret's name
HF_SECRET_KEY = "hf_api_token"  # noqa: S105 - the key's name in it
READINESS_GATE = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""The load balancer controller gives new pods a readiness gate: one counts as ready, and its predecessor goes, only when the
load balancer sends it requests (docs/deploy/pod_readiness_gate.md of the controller). Pods made before their Service has
a target group get none, so a service's first rollout is without."""
POD_SECURITY = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}


@dataclass(frozen=True, kw_only=True)
class ServingNamespaceArgs:
    """What :class:`ServingNamespace` is made of."""

    namespace: str
    """Name of the namespace; no other stack uses it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of every object."""
    hf_api_token: pulumi.Input[str] | None = None
    """Hugging Face token, if any model of the stack is gated."""
    ready: Sequence[pulumi.Resource] = ()
    """What must run in the cluster first."""


class ServingNamespace(pulumi.ComponentResource):
    """A namespace with Pod Security "restricted", no traffic unless a policy admits it, and the Hub's token."""

    namespace: pulumi.Output[str]
    """Name of the namespace, known once it is there."""
    hf_secret: str | None
    """Name of the Secret with the Hub's token, if there is one."""

    def __init__(self, name: str, args: ServingNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the namespace."""
        super().__init__("llm:serving:ServingNamespace", name, None, opts)
        space = k8s.core.v1.Namespace(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.namespace, labels={**args.labels, **POD_SECURITY, **READINESS_GATE}
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.ready)),
        )
        self.namespace = space.metadata.apply(lambda known: known.name or args.namespace)
        k8s.networking.v1.NetworkPolicy(
            f"{name}-default-deny",
            metadata=metadata("default-deny", self.namespace, args.labels),
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.hf_secret = None
        if args.hf_api_token is not None:
            self.hf_secret = HF_SECRET
            token = pulumi.Output.secret(args.hf_api_token)
            k8s.core.v1.Secret(
                f"{name}-{HF_SECRET}",
                metadata=metadata(HF_SECRET, self.namespace, args.labels),
                data={HF_SECRET_KEY: token.apply(encode)},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"namespace": self.namespace})
