"""When the portal calls itself ready, and what it says when it is not."""

from pathlib import Path

from tests.portal.people import Portal


def ready(portal: Portal) -> tuple[int, dict[str, str]]:
    answer = portal.client.get("/readyz")
    return answer.status_code, answer.json()


def test_ready_while_jobs_are_looked_after(portal: Portal):
    assert ready(portal) == (503, {"jobs": "are not being looked after"})
    portal.work(1)
    assert ready(portal) == (200, {"status": "ready"})
    assert portal.client.get("/healthz").json() == {"status": "ok"}


def test_not_ready_when_the_database_is_deleted_or_replaced(portal: Portal):
    portal.work(1)
    file = Path(portal.deps.database.engine.url.database)
    kept = file.rename(file.with_name("kept.db"))
    code, problems = ready(portal)
    assert (code, problems["database"]) == (503, f"{file} was deleted")
    assert not file.exists(), "a look makes no empty database"
    file.write_bytes(kept.read_bytes())
    assert "another file than at the start" in ready(portal)[1]["database"]
    kept.rename(file)
    assert ready(portal)[0] == 200


def test_not_ready_when_the_data_folder_is_taken_away(portal: Portal):
    portal.work(1)
    folder = portal.deps.folder.path
    kept = folder.rename(folder.with_name("elsewhere"))
    assert ready(portal) == (503, {"data folder": f"{folder} was deleted under the portal"})
    kept.rename(folder)
    assert ready(portal)[0] == 200


def test_not_ready_when_pulumi_or_the_sandbox_is_gone(portal: Portal):
    portal.work(1)
    portal.runner.missing = "the rehearsal sandbox portal was deleted"
    assert ready(portal) == (503, {"pulumi": "the rehearsal sandbox portal was deleted"})


def test_probes_wait_for_no_writer(portal: Portal):
    portal.work(1)
    with portal.deps.database.session():
        assert ready(portal)[0] == 200
