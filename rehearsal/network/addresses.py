"""Addresses that a sandbox keeps for itself, and its range of Service addresses."""

import hashlib
import ipaddress

from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox

# EKS takes this range when the VPC does not lie in it (docs.aws.amazon.com/eks/latest/APIReference,
# KubernetesNetworkConfigRequest).
_EKS_RANGE = ipaddress.ip_network("172.20.0.0/16")
# TEST-NET-1 of RFC 5737: no VPC has it. The sandbox's end of the bridge: API server and AWS as pods reach them.
_BRIDGE = ipaddress.ip_interface("192.0.2.1/24")
_LOCALHOST = "127.0.0.1"


def bridge() -> ipaddress.IPv4Interface:
    """The sandbox's own address beside the pods, where they have namespaces."""
    return ipaddress.IPv4Interface(_BRIDGE)


def with_namespaces() -> ipaddress.IPv4Network:
    """The range of ClusterIPs where the sandbox has a namespace."""
    return ipaddress.IPv4Network(_EKS_RANGE)


def services(sandbox: Sandbox) -> ipaddress.IPv4Network:
    """The range of ClusterIPs.

    Without namespaces it must be loopback, as nothing else can be bound: a /20 above the addresses of pods and load
    balancers (`Sandbox.loopback_prefix`), by the folder's path, so that two sandboxes differ.
    """
    if sandbox.network == Kind.NAMESPACES:
        return with_namespaces()
    digest = hashlib.sha256(f"services of {sandbox.root.resolve()}".encode()).digest()
    return ipaddress.IPv4Network(f"127.{240 + digest[0] % 15}.{digest[1] & 0xF0}.0/20")


def seen_by_pods(sandbox: Sandbox) -> str:
    """The address at which pods reach what listens on the sandbox's own ports."""
    return str(bridge().ip) if sandbox.network == Kind.NAMESPACES else _LOCALHOST


def aws_for_pods(sandbox: Sandbox) -> str:
    """Where pods reach AWS."""
    return f"http://{seen_by_pods(sandbox)}:{sandbox.ports.moto}"


def apiserver_for_pods(sandbox: Sandbox) -> tuple[str, int]:
    """Where a pod's in-cluster configuration finds the API server.

    With namespaces by the Service ``kubernetes``; on loopback by the API server's own port, as 443 needs root.
    """
    if sandbox.network == Kind.NAMESPACES:
        return str(services(sandbox)[1]), 443
    return _LOCALHOST, sandbox.ports.apiserver


def dns(sandbox: Sandbox) -> str:
    """The address of the cluster's DNS, the tenth of the Service range as in EKS."""
    return str(services(sandbox)[10])
