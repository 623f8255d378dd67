"""What the log has of a database that does not answer."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from portal.db.outage import Outage, reason_of

REFUSED = OperationalError("select secret from person", {"secret": "hunter2"}, Exception("refused\n\tIs it running?"))
FULL = OperationalError("insert", {}, Exception("disk full"))


def test_one_line_for_each_reason_until_it_is_over(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    outage = Outage()
    outage.ended()
    assert caplog.messages == []
    for error in (REFUSED, REFUSED, FULL, REFUSED):
        outage.began(error)
    assert [("refused" in line, "disk full" in line) for line in caplog.messages] == [(True, False), (False, True)]
    outage.ended()
    outage.ended()
    assert [line.partition(",")[0] for line in caplog.messages[2:]] == ["the database answers again"]
    outage.began(REFUSED)
    assert len(caplog.messages) == 4


def test_a_reason_is_a_line_without_statement_and_values():
    assert reason_of(REFUSED) == "refused"
    assert reason_of(ValueError()) == "ValueError"
