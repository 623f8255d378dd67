"""Sandboxes are made whole, found again, told apart and removed with their last file."""

import socket
from dataclasses import asdict

import pytest

from rehearsal import sandboxes
from rehearsal.sandbox import SandboxError


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(sandboxes, "CHECKOUT", tmp_path)
    return tmp_path


def test_a_sandbox_is_made_once_and_keeps_its_ports():
    made, new = sandboxes.open_or_create("default")
    again, renewed = sandboxes.open_or_create("default")
    assert (new, renewed) == (True, False)
    assert made == again == sandboxes.find("default")


def test_two_sandboxes_share_no_port_and_no_address():
    one, _ = sandboxes.open_or_create("one")
    two, _ = sandboxes.open_or_create("two")
    assert not set(asdict(one.ports).values()) & set(asdict(two.ports).values())
    assert one.loopback_prefix != two.loopback_prefix
    assert sandboxes.every() == [one, two]


def test_free_ports_leave_out_taken_ones_and_those_in_use():
    ports = sandboxes.free_ports()
    assert len(set(asdict(ports).values())) == len(asdict(ports))
    for port in asdict(ports).values():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_the_last_sandbox_takes_the_folder_along(checkout):
    one, _ = sandboxes.open_or_create("one")
    two, _ = sandboxes.open_or_create("two")
    sandboxes.remove(one)
    assert sandboxes.every() == [two]
    sandboxes.remove(two)
    assert list(checkout.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", "-a", "x" * 33, ".hidden"])
def test_a_name_must_name_a_folder(name):
    with pytest.raises(SandboxError, match="lower-case"):
        sandboxes.root_of(name)


def test_a_folder_that_is_no_sandbox_is_told(checkout):
    (checkout / ".rehearsal" / "odd").mkdir(parents=True)
    (checkout / ".rehearsal" / "odd" / "file").touch()
    with pytest.raises(SandboxError, match="remove that folder"):
        sandboxes.open_or_create("odd")
