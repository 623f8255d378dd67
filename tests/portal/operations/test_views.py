"""Lists of services, changes and jobs: as many queries for many rows as for a few."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.db.people import Team
from tests.portal.people import Portal


@contextmanager
def counted(portal: Portal) -> Iterator[list[str]]:
    """The statements that are executed while the block runs."""
    found: list[str] = []

    def note(*arguments: object) -> None:
        found.append(str(arguments[2]))

    engine = portal.deps.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/services", "/jobs", "/changes?status=waiting"])
def test_a_long_list_takes_no_more_queries(portal: Portal, path: str) -> None:
    counts = []
    for number in range(1, 5):
        if number == 1:
            with portal.deps.database.session() as session:
                session.get_one(Team, "search").service_quota = 100
        change = portal.rosa.ask(name=f"qwen-{number}").json()["change"]
        portal.work()
        assert portal.rosa.post(f"/changes/{change}/send").status_code == 200
        with counted(portal) as statements:
            assert len(portal.rosa.get(path).json()) == number
        counts.append(len(statements))
    assert counts == [counts[0]] * len(counts)
