"""Small pieces that several Kubernetes objects are made of."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

DNS_PORT = 53
HTTPS_PORT = 443
ANYWHERE = "0.0.0.0/0"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


def metadata(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> k8s.meta.v1.ObjectMetaArgs:
    """Metadata of an object whose name people type."""
    return k8s.meta.v1.ObjectMetaArgs(
        name=name,
        namespace=namespace,
        labels=dict(labels),
        annotations=dict(annotations) if annotations else None,
    )


def encode(text: str) -> str:
    """Text as a Secret's ``data`` holds it."""
    return base64.b64encode(text.encode()).decode()


def decode(data: str) -> str:
    """Text out of a Secret's ``data``."""
    return base64.b64decode(data).decode()


def checksum(*parts: str) -> str:
    """What an annotation says of a pod's configuration, so that the pod rolls when that changes."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def source(path: Path) -> str:
    """A Python file of this project, as a ConfigMap carries it into a container."""
    return path.read_text(encoding="utf-8")


def restricted() -> k8s.core.v1.SecurityContextArgs:
    """What Pod Security "restricted" asks of each container."""
    return k8s.core.v1.SecurityContextArgs(
        allow_privilege_escalation=False, capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"])
    )


def egress_to_dns_and_https() -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    """Name resolution in the cluster, and HTTPS anywhere: the Hub, S3, STS."""
    port, peer = k8s.networking.v1.NetworkPolicyPortArgs, k8s.networking.v1.NetworkPolicyPeerArgs
    return [
        k8s.networking.v1.NetworkPolicyEgressRuleArgs(
            to=[
                peer(
                    namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={NAMESPACE_LABEL: "kube-system"}),
                    pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
                )
            ],
            ports=[port(port=DNS_PORT, protocol="UDP"), port(port=DNS_PORT, protocol="TCP")],
        ),
        k8s.networking.v1.NetworkPolicyEgressRuleArgs(
            to=[peer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=ANYWHERE))],
            ports=[port(port=HTTPS_PORT, protocol="TCP")],
        ),
    ]
