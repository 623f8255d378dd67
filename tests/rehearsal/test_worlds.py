"""Worlds are made whole, found again, told apart and removed with their last file."""

import socket
from dataclasses import asdict

import pytest

from rehearsal import worlds
from rehearsal.world import WorldError


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(worlds, "CHECKOUT", tmp_path)
    return tmp_path


def test_a_world_is_made_once_and_keeps_its_ports():
    made, new = worlds.open_or_create("default")
    again, renewed = worlds.open_or_create("default")
    assert (new, renewed) == (True, False)
    assert made == again == worlds.find("default")


def test_two_worlds_share_no_port_and_no_address():
    one, _ = worlds.open_or_create("one")
    two, _ = worlds.open_or_create("two")
    assert not set(asdict(one.ports).values()) & set(asdict(two.ports).values())
    assert one.loopback_prefix != two.loopback_prefix
    assert worlds.every() == [one, two]


def test_free_ports_leave_out_taken_ones_and_those_in_use():
    ports = worlds.free_ports()
    assert len(set(asdict(ports).values())) == len(asdict(ports))
    for port in asdict(ports).values():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_the_last_world_takes_the_folder_along(checkout):
    one, _ = worlds.open_or_create("one")
    two, _ = worlds.open_or_create("two")
    worlds.remove(one)
    assert worlds.every() == [two]
    worlds.remove(two)
    assert list(checkout.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", "-a", "x" * 33, ".hidden"])
def test_a_name_must_name_a_folder(name):
    with pytest.raises(WorldError, match="lower-case"):
        worlds.root_of(name)


def test_a_folder_that_is_no_world_is_told(checkout):
    (checkout / ".rehearsal" / "odd").mkdir(parents=True)
    (checkout / ".rehearsal" / "odd" / "file").touch()
    with pytest.raises(WorldError, match="remove that folder"):
        worlds.open_or_create("odd")
