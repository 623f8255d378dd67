import pytest

from workspace.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.0.2.1", "localhost.example.com", ""])
def test_another_host(host: str) -> None:
    assert not is_loopback(host)
