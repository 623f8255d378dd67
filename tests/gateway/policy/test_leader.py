import socket

import pytest

from gateway.policy.leader import Leadership


@pytest.fixture
def preferred(tmp_path):
    return tmp_path / "policy-0.sock"


def test_one_of_two_writes(tmp_path, preferred):
    first, second = Leadership(tmp_path, None), Leadership(tmp_path, preferred)
    assert second.wanted()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    assert not first.acquire()


def test_the_second_opens_no_connection_to_a_first_that_writes(tmp_path, preferred):
    first, second = Leadership(tmp_path, None), Leadership(tmp_path, preferred)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(preferred))
        server.listen()
        server.settimeout(0)
        assert first.take()
        assert not second.take()
        with pytest.raises(BlockingIOError):
            server.accept()
        first.release()
        assert not second.take()
        server.accept()[0].close()
        assert first.take()
        first.release()
    assert second.take()


def test_the_second_lets_the_first_write_once_it_accepts_connections(tmp_path, preferred):
    second = Leadership(tmp_path, preferred)
    preferred.touch()  # the socket of a process that was killed
    assert second.wanted()
    preferred.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(preferred))
        server.listen()
        assert not second.wanted()
    assert second.wanted()
