"""Loopback and VPC addresses."""

from pathlib import Path

import pytest

from rehearsal.nodes.addresses import AddressesExhaustedError, LoopbackPool, SubnetPool


def test_load_balancers_keep_their_address(tmp_path: Path) -> None:
    pool = LoopbackPool("127.9.9", tmp_path / "kept.json")
    assert pool.lend() == "127.9.9.2"
    assert [pool.keep("a"), pool.keep("b"), pool.keep("a")] == ["127.9.9.254", "127.9.9.253", "127.9.9.254"]
    again = LoopbackPool("127.9.9", tmp_path / "kept.json")
    assert again.keep("b") == "127.9.9.253"
    again.forget("b")
    assert LoopbackPool("127.9.9", tmp_path / "kept.json").keep("c") == "127.9.9.253"


def test_pod_addresses_are_used_in_turn(tmp_path: Path) -> None:
    pool = LoopbackPool("127.9.9", tmp_path / "kept.json")
    first = pool.lend()
    pool.give_back(first)
    lent = [pool.lend() for _ in range(253)]
    assert lent[-1] == first
    assert len(set(lent)) == 253
    with pytest.raises(AddressesExhaustedError, match=r"127\.9\.9\.0/24"):
        pool.lend()


def test_subnet_as_aws_counts() -> None:
    pool = SubnetPool()
    pool.claim("10.0.2.4")
    assert [pool.take("10.0.2.0/28"), pool.take("10.0.2.0/28")] == ["10.0.2.5", "10.0.2.6"]
    pool.release("10.0.2.5")
    # Not the one that was just released: neighbours have its last pod's hardware address in their caches.
    assert [pool.take("10.0.2.0/28") for _ in range(9)] == [*(f"10.0.2.{n}" for n in range(7, 15)), "10.0.2.5"]
    with pytest.raises(AddressesExhaustedError, match=r"10\.0\.2\.0/28"):
        pool.take("10.0.2.0/28")
