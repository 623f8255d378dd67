"""Certificates of load balancers: signed by a CA of the sandbox for the domains that ACM has them for."""

import datetime as dt
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rehearsal.aws.signing import signed_json
from rehearsal.controlplane.certificate_parts import builder, certificate_text, key_text, key_usage
from rehearsal.nodes.alb.ingress import IngressError
from workspace.files import write_atomically

CA_FILE = "load-balancer-ca.pem"
"""In the node agent's folder: what a client trusts to reach a load balancer over TLS."""
_BEFORE, _LIFETIME = dt.timedelta(hours=1), dt.timedelta(days=365)
_Key = ec.EllipticCurvePrivateKey


async def domains(url: str, arn: str) -> list[str]:
    """Domains of a certificate of ACM.

    Args:
        url: Where AWS answers.
        arn: The certificate.

    Raises:
        IngressError: ACM does not have it.
    """
    region = (arn.split(":") + [""] * 4)[3]
    headers = signed_json(region, "acm", "CertificateManager.DescribeCertificate")
    async with httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False) as client:
        try:
            answer = await client.post("/", json={"CertificateArn": arn}, headers=headers)
        except httpx.HTTPError as error:
            raise IngressError(f"ACM does not answer: {error}") from error
    if answer.is_error:
        raise IngressError(f"certificate {arn} is not in ACM")
    found = answer.json()["Certificate"]
    return sorted({found["DomainName"], *found.get("SubjectAlternativeNames", [])})


def issue(folder: Path, name: str, names: list[str]) -> tuple[Path, Path]:
    """Make a certificate for ``names``; return the files of the certificate, with its CA, and of its key.

    Args:
        folder: The node agent's; the CA is made there when it has none.
        name: Of the files.
        names: Domains.
    """
    authority, authority_key = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    made = (
        builder(subject, authority.subject, key.public_key(), before=_BEFORE, lifetime=_LIFETIME)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    write_atomically(file, certificate_text(made) + certificate_text(authority))
    write_atomically(key_file, key_text(key))
    return file, key_file


def _authority(folder: Path) -> tuple[x509.Certificate, _Key]:
    file, key_file = folder / CA_FILE, folder / "load-balancer-ca.key"
    if file.exists() and key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(key, _Key):
            return x509.load_pem_x509_certificate(file.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal load balancers")])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    made = (
        builder(name, name, key.public_key(), before=_BEFORE, lifetime=_LIFETIME)
        .add_extension(constraints, critical=True)
        .add_extension(key_usage(sign_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_atomically(key_file, key_text(key))
    write_atomically(file, certificate_text(made))
    return made, key
