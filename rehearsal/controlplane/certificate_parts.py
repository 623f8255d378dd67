"""Parts of certificates that a sandbox's authorities share: the builder, key usages, keys as text."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


def builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    before: dt.timedelta,
    lifetime: dt.timedelta,
) -> x509.CertificateBuilder:
    """A certificate without extensions, to be signed.

    Args:
        subject: Whom it is for.
        issuer: Its authority.
        key: The subject's public key.
        before: How long before now it is valid, as clocks may be a little off.
        lifetime: How long from now it is valid.
    """
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - before)
        .not_valid_after(now + lifetime)
    )


def key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    """Signatures; those of certificates and revocation lists for an authority only."""
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


def certificate_text(certificate: x509.Certificate) -> str:
    """PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_text(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """PEM, PKCS #8, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
