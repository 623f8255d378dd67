"""Keys and certificates of one sandbox: a CA, what the API server shows, and a client certificate for each user."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.controlplane.certificate_parts import builder, certificate_text, key_text, key_usage
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.engine.locking import exclusive
from rehearsal.network import addresses
from rehearsal.sandbox import Sandbox
from workspace.files import write_atomically

# A sandbox lives for hours or days; a clock that is a little off must not break it.
_BEFORE = dt.timedelta(days=1)
_LIFETIME = dt.timedelta(days=3650)
_DNS_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True, kw_only=True)
class User:
    """A user of the API: in Kubernetes, the common name and the organizations of a client certificate."""

    name: str
    groups: tuple[str, ...] = ()


ADMIN = User(name="kubernetes-admin", groups=("system:masters",))
CONTROLLERS = User(name="system:kube-controller-manager")
SCHEDULER = User(name="system:kube-scheduler")
# What the API server shows an aggregated API server when it passes a user's request on.
FRONT_PROXY = User(name="front-proxy-client")
# What kubelets serve with.
KUBELET = User(name="system:nodes", groups=("system:nodes",))
# What the API server shows a kubelet when it asks for a pod's log.
KUBELET_CLIENT = User(name="kube-apiserver-kubelet-client", groups=("system:masters",))


@dataclass(frozen=True)
class Pki:
    """The files below one folder; all are made once and kept."""

    root: Path

    @property
    def ca(self) -> Path:
        """Certificate of the authority."""
        return self.root / "ca.crt"

    @property
    def ca_key(self) -> Path:
        """Key of the authority."""
        return self.root / "ca.key"

    @property
    def serving(self) -> Path:
        """Certificate the three processes serve with."""
        return self.root / "serving.crt"

    @property
    def serving_key(self) -> Path:
        """Key of ``serving``."""
        return self.root / "serving.key"

    @property
    def kubelet_client(self) -> Path:
        """Client certificate of the API server towards kubelets."""
        return self.root / "kubelet-client.crt"

    @property
    def kubelet_client_key(self) -> Path:
        """Key of ``kubelet_client``."""
        return self.root / "kubelet-client.key"

    @property
    def front_proxy(self) -> Path:
        """Client certificate of the API server towards aggregated API servers."""
        return self.root / "front-proxy-client.crt"

    @property
    def front_proxy_key(self) -> Path:
        """Key of ``front_proxy``."""
        return self.root / "front-proxy-client.key"

    @property
    def kubelet(self) -> Path:
        """Certificate that kubelets serve with."""
        return self.root / "kubelet.crt"

    @property
    def kubelet_key(self) -> Path:
        """Key of ``kubelet``."""
        return self.root / "kubelet.key"

    @property
    def service_accounts(self) -> Path:
        """Private key that signs service-account tokens."""
        return self.root / "service-accounts.key"

    def kubeconfig(self, user: User) -> Path:
        """Kubeconfig of a component."""
        return self.root / f"{user.name.removeprefix('system:')}.kubeconfig"

    def make(self, server: str, own: Sequence[IPv4Address]) -> None:
        """Make what is missing; every file is written whole or not at all, so a killed run leaves no half.

        Args:
            server: URL of the API server.
            own: Addresses that the serving certificate is for, besides its names; one that lacks any is made again.
        """
        if not (self.ca.exists() and self.ca_key.exists()):
            self._make_authority()
        if not (self.serving_key.exists() and self._serves(own)):
            names: list[x509.GeneralName] = [x509.DNSName(name) for name in _DNS_NAMES]
            names += [x509.IPAddress(address) for address in own]
            self._issue(self.serving, self.serving_key, User(name="kube-apiserver"), names)
        for certificate, key, user in (
            (self.kubelet_client, self.kubelet_client_key, KUBELET_CLIENT),
            (self.front_proxy, self.front_proxy_key, FRONT_PROXY),
        ):
            if not (certificate.exists() and key.exists()):
                self._issue(certificate, key, user)
        if not self.service_accounts.exists():
            # RS256, as EKS signs: what reads the tokens may know nothing else.
            write_atomically(self.service_accounts, key_text(rsa.generate_private_key(65537, 2048)))
        for user in (CONTROLLERS, SCHEDULER):
            if not self.kubeconfig(user).exists():
                write_atomically(self.kubeconfig(user), self.client_config(user, server).text())

    def client_config(self, user: User, server: str) -> Kubeconfig:
        """A kubeconfig with a fresh client certificate for ``user``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(user, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH, [])
        return Kubeconfig(server=server, ca=self.ca.read_text(), certificate=certificate, key=key_text(key))

    def issue_kubelet(self, addresses: Sequence[IPv4Address], names: Sequence[str]) -> None:
        """Make the certificate that kubelets serve with, for these nodes' addresses and names; one for all of them."""
        given: list[x509.GeneralName] = [x509.IPAddress(address) for address in addresses]
        self._issue(self.kubelet, self.kubelet_key, KUBELET, given + [x509.DNSName(name) for name in names])

    def _serves(self, own: Sequence[IPv4Address]) -> bool:
        """Whether there is a serving certificate and it is for all of ``own``."""
        if not self.serving.exists():
            return False
        certificate = x509.load_pem_x509_certificate(self.serving.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(own) <= set(names.get_values_for_type(x509.IPAddress))

    def _make_authority(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "llm-platform rehearsal CA")])
        certificate = (
            builder(name, name, key.public_key(), before=_BEFORE, lifetime=_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage(sign_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_atomically(self.ca_key, key_text(key))
        write_atomically(self.ca, certificate_text(certificate), mode=0o644)

    def _issue(self, path: Path, key_path: Path, user: User, names: list[x509.GeneralName] | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
        write_atomically(key_path, key_text(key))
        write_atomically(path, self._sign(user, key.public_key(), usage, names or []), mode=0o644)

    def _sign(
        self, user: User, public: ec.EllipticCurvePublicKey, usage: x509.ObjectIdentifier, names: list[x509.GeneralName]
    ) -> str:
        authority = x509.load_pem_x509_certificate(self.ca.read_bytes())
        authority_key = serialization.load_pem_private_key(self.ca_key.read_bytes(), password=None)
        if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self.ca_key}: not an elliptic-curve key; remove the sandbox and make it again")
        groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in user.groups]
        subject = x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, user.name)])
        unsigned = (
            builder(subject, authority.subject, public, before=_BEFORE, lifetime=_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        if names:
            unsigned = unsigned.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return certificate_text(unsigned.sign(authority_key, hashes.SHA256()))


def ensure(sandbox: Sandbox) -> Pki:
    """The sandbox's keys and its admin kubeconfig, made where missing."""
    pki = Pki(sandbox.kubernetes / "pki")
    with exclusive(sandbox.kubernetes / ".pki.lock"):
        own = dict.fromkeys(("127.0.0.1", addresses.seen_by_pods(sandbox), str(addresses.services(sandbox)[1])))
        pki.make(sandbox.kubernetes_url, [IPv4Address(address) for address in own])
        if not sandbox.admin_kubeconfig.exists():
            write_atomically(sandbox.admin_kubeconfig, pki.client_config(ADMIN, sandbox.kubernetes_url).text())
    return pki
