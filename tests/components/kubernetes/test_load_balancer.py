from types import SimpleNamespace

from components.kubernetes.load_balancer import UNASSIGNED, address_in


def status(*ingress: object) -> object:
    return SimpleNamespace(load_balancer=SimpleNamespace(ingress=list(ingress) or None))


def test_an_address_is_a_name_or_a_number():
    assert address_in(status(SimpleNamespace(hostname="lb.example.com", ip=None))) == "lb.example.com"
    assert address_in(status(SimpleNamespace(hostname=None, ip="127.0.0.9"))) == "127.0.0.9"


def test_a_preview_without_an_address_says_so():
    assert address_in(None) == UNASSIGNED
    assert address_in(status()) == UNASSIGNED
