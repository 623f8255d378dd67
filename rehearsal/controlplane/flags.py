"""How the three processes of the control plane are started: real defaults, loopback only, small.

What a cluster of three nodes on one machine never uses is switched off, because each informer and each controller
costs memory; what decides whether a manifest is accepted or a pod may run (validation, admission, Pod Security,
priorities, quota, taints, disruption budgets) is left as it is.
"""

from rehearsal.controlplane.pki import CONTROLLERS, FRONT_PROXY, SCHEDULER, Pki, User
from rehearsal.network import addresses
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox

# Soft limits of the Go heap in MiB: the garbage collector works harder near them, nothing is killed.
_HEAP_MIB = {"apiserver": 320, "controllers": 110, "scheduler": 80}

# Not needed without cloud volumes, certificate requests or dynamic resources.
_DISABLED_CONTROLLERS = (
    "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller",
    "certificatesigningrequest-signing-controller",
    "device-taint-eviction-controller",
    "endpointslice-mirroring-controller",
    "ephemeral-volume-controller",
    "legacy-serviceaccount-token-cleaner-controller",
    "node-ipam-controller",
    "node-route-controller",
    "persistentvolume-attach-detach-controller",
    "persistentvolume-expander-controller",
    "podcertificaterequest-cleaner-controller",
    "resourceclaim-controller",
    "service-cidr-controller",
    "service-lb-controller",
    "storage-version-migrator-controller",
    "storageversion-garbage-collector-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
)


def environment(role: str) -> dict[str, str]:
    """Return the settings of the Go runtime."""
    return {"GOMEMLIMIT": f"{_HEAP_MIB[role]}MiB", "GOGC": "50", "GOMAXPROCS": "2"}


def arguments(role: str, sandbox: Sandbox, pki: Pki) -> list[str]:
    """Arguments of the control plane binary for ``role``."""
    return [role, *{"apiserver": _apiserver, "controllers": _controllers, "scheduler": _scheduler}[role](sandbox, pki)]


def _apiserver(sandbox: Sandbox, pki: Pki) -> list[str]:
    ports = sandbox.ports
    return [
        f"--etcd-dir={sandbox.kubernetes / 'etcd'}",
        f"--etcd-client-port={ports.etcd_client}",
        f"--etcd-peer-port={ports.etcd_peer}",
        "--",
        f"--etcd-servers=http://127.0.0.1:{ports.etcd_client}",
        *_reached(sandbox),
        f"--secure-port={ports.apiserver}",
        f"--service-cluster-ip-range={addresses.services(sandbox)}",
        f"--client-ca-file={pki.ca}",
        # What the aggregation layer shows an API server of a pod, and which headers carry the user to it.
        f"--requestheader-client-ca-file={pki.ca}",
        f"--requestheader-allowed-names={FRONT_PROXY.name}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki.front_proxy}",
        f"--proxy-client-key-file={pki.front_proxy_key}",
        f"--tls-cert-file={pki.serving}",
        f"--tls-private-key-file={pki.serving_key}",
        f"--kubelet-client-certificate={pki.kubelet_client}",
        f"--kubelet-client-key={pki.kubelet_client_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki.service_accounts}",
        f"--service-account-signing-key-file={pki.service_accounts}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        "--event-ttl=1h",
        "--shutdown-delay-duration=0s",
        "--v=0",
    ]


def _reached(sandbox: Sandbox) -> list[str]:
    """Where the API server listens, and how it reaches kubelets, webhooks and aggregated API servers."""
    if sandbox.network == Kind.NAMESPACES:
        return [
            "--bind-address=0.0.0.0",
            f"--advertise-address={addresses.seen_by_pods(sandbox)}",
            "--kubelet-preferred-address-types=InternalIP",
            # As EKS, whose control plane has no ClusterIPs: straight to the pods behind a Service.
            "--enable-aggregator-routing=true",
        ]
    return [
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        # The API refuses loopback endpoints, so the Service `kubernetes` gets none.
        "--endpoint-reconciler-type=none",
        # A node's InternalIP is of the VPC; where its kubelet listens it names as ExternalIP.
        "--kubelet-preferred-address-types=ExternalIP,InternalIP",
    ]


def _component(pki: Pki, user: User, port: int) -> list[str]:
    kubeconfig = pki.kubeconfig(user)
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={pki.serving}",
        f"--tls-private-key-file={pki.serving_key}",
        # One process a role: there is nobody to elect a leader against, and a restart need not wait for a lease.
        "--leader-elect=false",
        "--profiling=false",
        "--v=0",
    ]


def _controllers(sandbox: Sandbox, pki: Pki) -> list[str]:
    return [
        *_component(pki, CONTROLLERS, sandbox.ports.controllers),
        "--controllers=" + ",".join(["*", *(f"-{name}" for name in _DISABLED_CONTROLLERS)]),
        # Each controller has the rights of its own role only, as in a real cluster.
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={pki.service_accounts}",
        f"--root-ca-file={pki.ca}",
        "--cluster-name=rehearsal",
        # Real clusters look every 15 s and scale in after 5 minutes; a rehearsal need not wait for that.
        "--horizontal-pod-autoscaler-sync-period=2s",
        "--horizontal-pod-autoscaler-downscale-stabilization=10s",
        "--kube-api-qps=100",
        "--kube-api-burst=200",
    ]


def _scheduler(sandbox: Sandbox, pki: Pki) -> list[str]:
    return [
        *_component(pki, SCHEDULER, sandbox.ports.scheduler),
        "--kube-api-qps=100",
        "--kube-api-burst=200",
    ]
