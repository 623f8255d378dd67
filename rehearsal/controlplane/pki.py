"""Keys and certificates of one sandbox: a CA, what the API server shows, and a client certificate for each user."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.engine.locking import exclusive
from rehearsal.sandbox import Sandbox
from workspace.files import write_atomically

# A sandbox lives for hours or days; a clock that is a little off must not break it.
_BEFORE = dt.timedelta(days=1)
_LIFETIME = dt.timedelta(days=3650)
SERVICE_NETWORK = ipaddress.ip_network("172.20.0.0/16")
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
    def service_accounts(self) -> Path:
        """Private key that signs service-account tokens."""
        return self.root / "service-accounts.key"

    def kubeconfig(self, user: User) -> Path:
        """Kubeconfig of a component."""
        return self.root / f"{user.name.removeprefix('system:')}.kubeconfig"

    def make(self, server: str) -> None:
        """Make what is missing; every file is written whole or not at all, so a killed run leaves no half."""
        if not (self.ca.exists() and self.ca_key.exists()):
            self._make_authority()
        if not (self.serving.exists() and self.serving_key.exists()):
            names: list[x509.GeneralName] = [x509.DNSName(name) for name in _DNS_NAMES]
            names += [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.IPAddress(SERVICE_NETWORK[1])]
            self._issue(self.serving, self.serving_key, User(name="kube-apiserver"), names)
        if not (self.kubelet_client.exists() and self.kubelet_client_key.exists()):
            self._issue(self.kubelet_client, self.kubelet_client_key, KUBELET_CLIENT)
        if not self.service_accounts.exists():
            # RS256, as EKS signs: what reads the tokens may know nothing else.
            write_atomically(self.service_accounts, _key_text(rsa.generate_private_key(65537, 2048)))
        for user in (CONTROLLERS, SCHEDULER):
            if not self.kubeconfig(user).exists():
                write_atomically(self.kubeconfig(user), self.client_config(user, server).text())

    def client_config(self, user: User, server: str) -> Kubeconfig:
        """A kubeconfig with a fresh client certificate for ``user``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(user, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH, [])
        return Kubeconfig(server=server, ca=self.ca.read_text(), certificate=certificate, key=_key_text(key))

    def _make_authority(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "llm-platform rehearsal CA")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BEFORE)
            .not_valid_after(now + _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(sign_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_atomically(self.ca_key, _key_text(key))
        write_atomically(self.ca, certificate.public_bytes(serialization.Encoding.PEM).decode(), mode=0o644)

    def _issue(self, path: Path, key_path: Path, user: User, names: list[x509.GeneralName] | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
        write_atomically(key_path, _key_text(key))
        write_atomically(path, self._sign(user, key.public_key(), usage, names or []), mode=0o644)

    def _sign(
        self, user: User, public: ec.EllipticCurvePublicKey, usage: x509.ObjectIdentifier, names: list[x509.GeneralName]
    ) -> str:
        authority = x509.load_pem_x509_certificate(self.ca.read_bytes())
        authority_key = serialization.load_pem_private_key(self.ca_key.read_bytes(), password=None)
        if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self.ca_key}: not an elliptic-curve key; remove the sandbox and make it again")
        groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in user.groups]
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, user.name)]))
            .issuer_name(authority.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BEFORE)
            .not_valid_after(now + _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(authority_key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def ensure(sandbox: Sandbox) -> Pki:
    """The sandbox's keys and its admin kubeconfig, made where missing."""
    pki = Pki(sandbox.kubernetes / "pki")
    with exclusive(sandbox.kubernetes / ".pki.lock"):
        pki.make(sandbox.kubernetes_url)
        if not sandbox.admin_kubeconfig.exists():
            write_atomically(sandbox.admin_kubeconfig, pki.client_config(ADMIN, sandbox.kubernetes_url).text())
    return pki


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_text(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
