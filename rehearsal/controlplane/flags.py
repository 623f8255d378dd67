"""How the three processes of the control plane are started: real defaults, loopback only, small.

What a cluster of three nodes on one machine never uses is switched off, because each informer and each controller
costs memory; what decides whether a manifest is accepted or a pod may run (validation, admission, Pod Security,
priorities, quota, taints, disruption budgets) is left as it is.
"""

from rehearsal.controlplane.pki import CONTROLLERS, SCHEDULER, SERVICE_NETWORK, Pki, User
from rehearsal.sandbox import Sandbox

# Soft limits of the Go heap in MiB: the garbage collector works harder near them, nothing is killed.
_HEAP_MIB = {"apiserver": 320, "controllers": 110, "scheduler": 80}

# Not needed without cloud volumes, certificate requests, dynamic resources or metrics.
_DISABLED_CONTROLLERS = (
    "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller",
    "certificatesigningrequest-signing-controller",
    "device-taint-eviction-controller",
    "endpointslice-mirroring-controller",
    "ephemeral-volume-controller",
    "horizontal-pod-autoscaler-controller",
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
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={ports.apiserver}",
        # The API refuses loopback endpoints, so the Service `kubernetes` gets none.
        "--endpoint-reconciler-type=none",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        f"--client-ca-file={pki.ca}",
        # Nobody holds a certificate of this name; without the pair the other two processes log an error a minute.
        f"--requestheader-client-ca-file={pki.ca}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        f"--tls-cert-file={pki.serving}",
        f"--tls-private-key-file={pki.serving_key}",
        f"--kubelet-client-certificate={pki.kubelet_client}",
        f"--kubelet-client-key={pki.kubelet_client_key}",
        # A stand-in node's InternalIP is of the VPC; where its kubelet listens it names as ExternalIP.
        "--kubelet-preferred-address-types=ExternalIP,InternalIP",
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
        "--kube-api-qps=100",
        "--kube-api-burst=200",
    ]


def _scheduler(sandbox: Sandbox, pki: Pki) -> list[str]:
    return [
        *_component(pki, SCHEDULER, sandbox.ports.scheduler),
        "--kube-api-qps=100",
        "--kube-api-burst=200",
    ]
