"""Certificates as they are signed, and keys as text."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rehearsal.controlplane.certificate_parts import builder, certificate_text, key_text, key_usage


def test_a_certificate_is_valid_for_its_lifetime_and_a_little_before() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)
    usage = key_usage(sign_certificates=True)
    unsigned = builder(name, name, key.public_key(), before=hour, lifetime=day).add_extension(usage, critical=True)
    made = unsigned.sign(key, hashes.SHA256())
    assert made.not_valid_after_utc - made.not_valid_before_utc == hour + day
    read = x509.load_pem_x509_certificate(certificate_text(made).encode())
    read.verify_directly_issued_by(made)
    found = read.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (found.digital_signature, found.key_cert_sign, found.crl_sign) == (True, True, True)
    assert not key_usage(sign_certificates=False).key_cert_sign


def test_a_key_comes_back_from_its_text() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    read = serialization.load_pem_private_key(key_text(key).encode(), None)
    assert isinstance(read, ec.EllipticCurvePrivateKey)
    assert read.private_numbers() == key.private_numbers()
