"""The audit log: no line is changed, replaced, taken out or put in without showing."""

import io
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from portal.db.audit_chain import BEGIN
from portal.db.people import Team
from portal.security import audit, audit_proof
from tests.portal.people import Portal

INSERT = (
    "into audit_entry (id, at, actor, address, action, target, outcome, detail, chain) "
    "values ({id}, '2026-01-01 00:00:00', 'nobody', '', 'x', '', 'done', '', '{chain}')"
)


@pytest.fixture
def written(either: Portal) -> Portal:
    """Some lines, of what was done and of what was refused, with every kind of letter."""
    either.adam.post("/teams/search/lock", reason="Prüfung \u2028 “x” \\u0041 \U0001f512")
    either.adam.post("/teams/search/unlock")
    either.vera.post("/teams/search/lock", reason="x")
    either.rosa.ask()
    return either


def proof(portal: Portal, *expected: str) -> audit_proof.Proof:
    with portal.deps.database.reading() as session:
        return audit_proof.verify(session, expected)


def execute(portal: Portal, statement: str) -> None:
    with portal.deps.database.engine.begin() as connection:
        connection.execute(text(statement))


def open_triggers(portal: Portal) -> None:
    """What whoever owns the database can do."""
    if portal.deps.database.engine.dialect.name == "postgresql":
        execute(portal, "alter table audit_entry disable trigger user")
        return
    for name in ("update", "delete", "replace"):
        execute(portal, f"drop trigger audit_entry_no_{name}")


def test_each_line_follows_from_the_one_before_it(written: Portal):
    found = proof(written)
    lines = written.audit()
    assert (found.problem, found.lines) == (None, len(lines))
    assert found.head == f"{lines[-1].id}:{lines[-1].chain}"
    assert [line.id for line in lines] == list(range(1, len(lines) + 1))
    assert {"done", "refused"} == {line.outcome for line in lines}
    assert proof(written, f"1:{lines[0].chain}", found.head, f"0:{BEGIN}").problem is None


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'nobody'",
        "delete from audit_entry where id = 1",
        "insert " + INSERT.format(id=1, chain="0" * 64),
        "insert " + INSERT.format(id=-1, chain="0" * 64),
        "insert " + INSERT.format(id=99, chain=""),
    ],
)
def test_the_database_itself_refuses_it(written: Portal, statement: str):
    before = proof(written)
    with pytest.raises(DatabaseError, match="append-only"):
        execute(written, statement)
    assert proof(written) == before


@pytest.mark.parametrize("how", ["insert or replace", "replace", "insert or ignore"])
def test_sqlite_replaces_no_line(portal: Portal, how: str):
    portal.adam.post("/teams/search/lock", reason="x")
    with pytest.raises(DatabaseError, match="append-only"):
        execute(portal, f"{how} {INSERT.format(id=1, chain='0' * 64)}")
    assert (portal.audit()[0].actor, proof(portal).problem) == ("adam", None)


def test_postgresql_updates_no_line_by_a_conflict(postgres_url: str, build):
    portal = build(postgres_url)
    portal.adam.post("/teams/search/lock", reason="x")
    statement = f"insert {INSERT.format(id=1, chain='0' * 64)} on conflict (id) do update set actor = 'nobody'"
    with pytest.raises(DatabaseError, match="append-only"):
        execute(portal, statement)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("update audit_entry set detail = '' where id = 1", 1),
        ("update audit_entry set at = '2020-01-01 00:00:00' where id = 2", 2),
        ("update audit_entry set team = 'support' where id = 2", 2),
        ("delete from audit_entry where id = 2", 3),
        ("insert " + INSERT.format(id=99, chain="a" * 64), 99),
        ("update audit_entry set id = 50 where id = 2", 3),
    ],
)
def test_what_was_done_with_the_triggers_away_shows(written: Portal, statement: str, line: int):
    open_triggers(written)
    execute(written, statement)
    assert f"line {line} (" in str(proof(written).problem)


def test_a_log_that_was_cut_or_written_anew_lacks_a_head_kept_elsewhere(written: Portal):
    kept = proof(written).head
    open_triggers(written)
    execute(written, "delete from audit_entry where id = (select max(id) from audit_entry)")
    assert proof(written).problem is None, "nothing in the log itself can tell"
    assert proof(written, kept).problem == f"{kept} is not in it: the log was cut or rewritten"


def test_a_transaction_that_fails_leaves_no_hole(portal: Portal):
    portal.adam.post("/teams/search/lock", reason="x")
    with pytest.raises(IntegrityError):
        _note_what_fails(portal)
    portal.adam.post("/teams/search/unlock")
    assert (proof(portal).problem, [one.action for one in portal.audit()]) == (None, ["team.lock", "team.unlock"])


def _note_what_fails(portal: Portal) -> None:
    with portal.deps.database.session() as session:
        audit.note(session, None, "never.done")
        session.add(Team(id="search", name="again"))


def test_an_export_has_every_line_and_no_formula(portal: Portal):
    portal.adam.post("/teams/search/lock", reason='=HYPERLINK("https://evil.example")')
    out, table = io.StringIO(), io.StringIO()
    with portal.deps.database.reading() as session:
        audit_proof.write_json_lines(session, out)
        audit_proof.write_csv(session, table)
    entry = json.loads(out.getvalue())
    assert (entry["actor"], entry["detail"]) == ("adam", '=HYPERLINK("https://evil.example")')
    header, line = table.getvalue().splitlines()
    assert header == ",".join(audit_proof.FIELDS)
    assert "\"'=HYPERLINK(" in line
    assert entry["chain"] in line
