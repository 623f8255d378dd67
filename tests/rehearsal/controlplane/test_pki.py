import dataclasses
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.controlplane import pki
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.network import addresses
from rehearsal.sandbox import Ports, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    ports = Ports(moto=1, apiserver=6443, etcd_client=3, etcd_peer=4, controllers=5, scheduler=6, nodes=7)
    return Sandbox(root=tmp_path, name="t", ports=ports)


def test_serving_certificate_is_signed_by_the_ca_and_names_loopback_and_the_service(sandbox: Sandbox) -> None:
    made = pki.ensure(sandbox)
    authority = x509.load_pem_x509_certificate(made.ca.read_bytes())
    serving = x509.load_pem_x509_certificate(made.serving.read_bytes())

    serving.verify_directly_issued_by(authority)
    names = serving.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "kubernetes.default.svc"} <= set(names.get_values_for_type(x509.DNSName))
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("127.0.0.1"),
        addresses.services(sandbox)[1],
    ]


def test_a_certificate_that_lacks_an_address_is_made_again_and_the_authority_stays(sandbox: Sandbox) -> None:
    before = pki.ensure(sandbox)
    authority, serving = before.ca.read_bytes(), before.serving.read_bytes()
    assert pki.ensure(sandbox).serving.read_bytes() == serving
    after = pki.ensure(dataclasses.replace(sandbox, network="namespaces"))
    names = x509.load_pem_x509_certificate(after.serving.read_bytes()).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.IPAddress)
    assert {str(address) for address in found} == {"127.0.0.1", "192.0.2.1", "172.20.0.1"}
    assert after.ca.read_bytes() == authority


def test_front_proxy_is_a_client_of_the_name_that_aggregated_servers_expect(sandbox: Sandbox) -> None:
    certificate = x509.load_pem_x509_certificate(pki.ensure(sandbox).front_proxy.read_bytes())
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [name.value for name in names] == ["front-proxy-client"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_admin_is_a_master_and_the_components_are_not(sandbox: Sandbox) -> None:
    made = pki.ensure(sandbox)

    def subject(text: str) -> tuple[str, list[str]]:
        name = x509.load_pem_x509_certificate(Kubeconfig.parse(text).certificate.encode()).subject
        groups = [str(item.value) for item in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value), groups

    assert subject(sandbox.admin_kubeconfig.read_text()) == ("kubernetes-admin", ["system:masters"])
    assert subject(made.kubeconfig(pki.SCHEDULER).read_text()) == ("system:kube-scheduler", [])


def test_keys_are_made_once_and_only_the_owner_reads_them(sandbox: Sandbox) -> None:
    made = pki.ensure(sandbox)
    before = {path: path.read_bytes() for path in made.root.iterdir()}
    pki.ensure(sandbox)
    assert {path: path.read_bytes() for path in made.root.iterdir()} == before
    secret = [
        path for path in [*made.root.iterdir(), sandbox.admin_kubeconfig] if path.suffix in (".key", ".kubeconfig")
    ]
    assert len(secret) == 8
    assert {path.stat().st_mode & 0o077 for path in secret} == {0}


def test_half_made_keys_are_completed(sandbox: Sandbox) -> None:
    made = pki.ensure(sandbox)
    made.serving.unlink()
    pki.ensure(sandbox)
    authority = x509.load_pem_x509_certificate(made.ca.read_bytes())
    x509.load_pem_x509_certificate(made.serving.read_bytes()).verify_directly_issued_by(authority)
