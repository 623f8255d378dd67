"""A portal with two teams, and people to use it as."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from portal.app import create_app
from portal.clock import now
from portal.db.engine import Database
from portal.db.people import ApiToken, Person, Team
from portal.db.work import AuditEntry, Job, Service
from portal.http.dependencies import Dependencies
from portal.identity import people
from portal.identity.passwords import Passwords
from portal.identity.roles import Role
from portal.settings import PortalSettings
from tests.portal.checked import CheckedClient
from tests.portal.fakes import FakeRunner

PASSWORD = "correct horse"
ROLES: dict[str, dict[str, Role]] = {
    "vera": {"search": Role.VIEWER},
    "rosa": {"search": Role.REQUESTER},
    "anna": {"search": Role.APPROVER},
    "adam": {"search": Role.ADMIN},
    "otto": {"support": Role.REQUESTER},
    "olga": {"support": Role.APPROVER},
    "root": {"*": Role.ADMIN},
    "nina": {},
}
UNLIMITED = {"write_rate": "10000/minute", "sign_in_rate": "10000/minute", "logged_refusals_rate": "10000/minute"}
SERVICE: dict[str, Any] = {
    "team": "search",
    "platform": "dev",
    "name": "qwen",
    "model": "Qwen/Qwen3-4B-Instruct-2507",
    "pool": "g5",
    "max_model_len": 8192,
    "weights": {"size_gib": 7.5},
}


class Someone:
    """A machine with a person's token."""

    def __init__(self, client: TestClient, login: str, token: str) -> None:
        self.client = client
        self.login = login
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **options: Any) -> Response:
        return self.client.get(f"/api/v1{path}", headers=self.headers, **options)

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Response:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers | (headers or {}))

    def delete(self, path: str) -> Response:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)

    def put(self, path: str, **body: Any) -> Response:
        return self.client.put(f"/api/v1{path}", json=body, headers=self.headers)

    def ask(self, **changes: Any) -> Response:
        """Request a service."""
        return self.post("/services", **(SERVICE | changes))


class InBrowser(Someone):
    """A person's own script in a browser that is signed in: each change takes a fresh form token."""

    def __init__(self, client: TestClient, login: str) -> None:
        self.client = client
        self.login = login

    @property
    def headers(self) -> dict[str, str]:  # type: ignore[override]
        return {"X-CSRF-Token": self.client.get("/api/v1/form-token").json()["token"]}


class Portal:
    """A portal whose jobs move when a test says so."""

    def __init__(self, client: TestClient, runner: FakeRunner, tokens: dict[str, str]) -> None:
        self.client = client
        self.runner = runner
        self.deps: Dependencies = client.app.state.deps
        self.tokens = tokens

    def __getattr__(self, login: str) -> Someone:
        if login not in ROLES:
            raise AttributeError(login)
        return Someone(self.client, login, self.tokens[login])

    def work(self, rounds: int = 3) -> None:
        """Let the dispatcher go round: start, follow, end."""
        for _ in range(rounds):
            self.deps.dispatcher.step()

    def deployed(self, **changes: Any) -> dict[str, Any]:
        """A running service of team search."""
        self._apply(self.rosa.ask(**changes).json()["change"])
        return next(one for one in self.rosa.get("/services").json() if one["name"] == (SERVICE | changes)["name"])

    def deployed_change(self, path: str, **body: Any) -> None:
        """Ask for something, have it approved if need be, and apply it."""
        self._apply(self.rosa.post(path, **body).json()["change"])

    def _apply(self, change: str) -> None:
        self.work()
        if self.rosa.get(f"/changes/{change}").json()["needs_approval"]:
            self.rosa.post(f"/changes/{change}/send")
            self.anna.post(f"/changes/{change}/approve")
        answer = self.rosa.post(f"/changes/{change}/apply")
        assert answer.status_code == 202, answer.text
        self.work()

    def browser(self, login: str) -> TestClient:
        """A browser that is signed in."""
        client = TestClient(self.client.app, base_url="http://127.0.0.1:8000", follow_redirects=False)
        answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def in_browser(self, login: str) -> InBrowser:
        """The API, as somebody's browser uses it."""
        return InBrowser(self.browser(login), login)

    def token(self, login: str, name: str = "ci", **more: Any) -> dict[str, str]:
        """A new token of somebody's, made in a browser: its id and its value."""
        answer = self.in_browser(login).post("/tokens", name=name, **more)
        assert answer.status_code == 201, answer.text
        made: dict[str, str] = answer.json()
        return made

    def machine(self, login: str, **more: Any) -> Someone:
        """A machine with a new token of somebody's."""
        return Someone(self.client, login, self.token(login, **more)["token"])

    def job(self, job_id: str) -> Job:
        with self.deps.database.reading() as session:
            return session.get_one(Job, job_id)

    def service(self, service_id: str) -> Service:
        with self.deps.database.reading() as session:
            return session.get_one(Service, service_id)

    def audit(self) -> list[AuditEntry]:
        with self.deps.database.reading() as session:
            return list(session.query(AuditEntry).order_by(AuditEntry.id))

    def close(self) -> None:
        self.client.__exit__(None, None, None)


def make_portal(url: str, data: Path, runner: FakeRunner, passwords: Passwords, **more: Any) -> Portal:
    """A portal on a database that has its tables."""
    settings = PortalSettings(data_dir=data, database_url=url, port=8000, **({"sign_in": "local"} | UNLIMITED | more))
    app = create_app(settings, runner, passwords=passwords, dispatch=False)
    client = CheckedClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)
    client.__enter__()
    populate(app.state.deps.database, passwords)
    return Portal(client, runner, {login: token_of(login) for login in ROLES})


def token_of(login: str) -> str:
    return f"{people.TOKEN_PREFIX}{login}"


def populate(database: Database, passwords: Passwords) -> None:
    """Two teams and their people, unless they are there: a database copied from the template has them."""
    with database.reading() as session:
        if session.get(Team, "search") is not None:
            return
    hashed = passwords.hash(PASSWORD)
    with database.session() as session:
        session.add(Team(id="search", name="Search", gpu_quota=4, service_quota=3, budget_usd_day=40.0))
        session.add(Team(id="support", name="Support", gpu_quota=4, service_quota=3, budget_usd_day=40.0))
        for login, roles in ROLES.items():
            person = Person(subject=f"local:{login}", login=login, name=login.title(), password_hash=hashed)
            session.add(person)
            session.flush()
            people.set_roles(session, person, roles)
            digest = people.digest(token_of(login))
            expires = now() + timedelta(days=30)
            session.add(
                ApiToken(person_id=person.id, name="tests", digest=digest, expires_at=expires, last_used_at=now())
            )
