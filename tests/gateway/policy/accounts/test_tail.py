import pytest

from gateway.policy.accounts.tail import Position, Tail


@pytest.fixture
def log(tmp_path):
    return tmp_path / "usage.log"


def append(log, text):
    with log.open("a") as file:
        file.write(text)


def test_a_log_that_is_not_there_yet_has_no_lines(log):
    tail = Tail(log)
    assert tail.read() == []
    append(log, "a\n")
    assert tail.read() == [b"a"]


def test_a_line_counts_when_it_is_complete_and_once(log):
    append(log, "a\nb")
    tail = Tail(log)
    assert tail.read() == [b"a"]
    assert tail.read() == []
    append(log, "c\nd\n")
    assert tail.read() == [b"bc", b"d"]


def test_another_process_goes_on_at_the_position_also_within_a_line(log):
    append(log, "a\nbc")
    tail = Tail(log)
    tail.read()
    position = tail.position
    assert position.offset == 2
    append(log, "d\n")
    assert Tail(log, position).read() == [b"bcd"]


def test_at_the_end_only_new_lines_count(log):
    append(log, "a\n")
    tail = Tail.at_end(log)
    append(log, "b\n")
    assert tail.read() == [b"b"]


def test_a_rotation_loses_no_line(log):
    now = [0.0]
    append(log, "a\n")
    tail = Tail(log, clock=lambda: now[0])
    assert tail.read() == [b"a"]
    before = tail.position
    old = log.rename(log.with_name("usage.log.1"))
    append(old, "b\n")
    append(log, "c\n")
    assert tail.read() == [b"b"]
    assert tail.read() == []
    append(old, "late\n")  # Envoy had not opened the new file yet
    now[0] = 1.0
    assert tail.read() == [b"late"]
    assert tail.read() == []
    now[0] = 4.0
    assert tail.read() == []
    assert tail.read() == [b"c"]
    restarted = Tail(log, before)
    assert restarted.read() == [b"b", b"late"]


def test_a_position_in_a_file_that_is_gone_begins_with_the_log_there_is(log):
    append(log, "a\n")
    assert Tail(log, Position(1, 10_000)).read() == [b"a"]
