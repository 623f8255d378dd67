"""A hundred requests nobody should send: each gets a clear 4xx, is logged, and changes nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import inspect, select

from portal.db.work import AuditEntry
from portal.http.dependencies import Dependencies
from tests.portal.people import SERVICE, Portal

# Made once for all of them: a service of search, a change of it that waits, its jobs, and a token of rosa's.
IDS = ("service", "change", "job", "waiting", "token")


@dataclass(frozen=True)
class Hostile:
    """One request; ``{service}`` and so on stand for the ids of things that exist."""

    name: str
    who: str
    """A login, ``nobody``, or ``browser:LOGIN``."""
    method: str
    path: str
    status: tuple[int, ...]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def api(name: str, who: str, method: str, path: str, *status: int, body: Any = None, **headers: str) -> Hostile:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Hostile(name, who, method, f"/api/v1{path}", status, body, named)


def asking(title: str, /, by: str = "rosa", code: int = 422, **changes: Any) -> Hostile:
    return api(title, by, "POST", "/services", code, body=SERVICE | {"name": "mine"} | changes)


OTHERS = [
    api("nodes", "rosa", "GET", "/nodes", 403),
    api("alerts of the platform", "anna", "GET", "/alerts", 403),
    api("a query of their own", "vera", "GET", "/services/{service}/metrics?span=hour%22%29%20or%20up", 422),
    *(
        api(f"another team's {what}", "otto", "GET", path, 404)
        for what, path in [
            ("service", "/services/{service}"),
            ("change", "/changes/{change}"),
            ("job", "/jobs/{job}"),
            ("log", "/jobs/{job}/events"),
            ("pods", "/services/{service}/pods"),
            ("metrics", "/services/{service}/metrics?span=day"),
            ("alerts", "/services/{service}/alerts"),
        ]
    ),
    *(
        api(f"{verb} another team's service", "otto", "POST", f"/services/{{service}}/{verb}", 404, body=body)
        for verb, body in [
            ("scale", {"replicas": 2}),
            ("destroy", {"confirm": "qwen"}),
            ("extend", {"hours": 5}),
            ("end-earlier", {"hours": 1, "confirm": "qwen"}),
            ("drift", {}),
            ("chat", {"message": "hi"}),
        ]
    ),
    api(
        "replace another team's service",
        "otto",
        "PUT",
        "/services/{service}",
        404,
        body={key: value for key, value in SERVICE.items() if key not in {"team", "platform", "name"}},
    ),
    *(
        api(f"{verb} another team's change", "olga", "POST", f"/changes/{{waiting}}/{verb}", 404, body={"comment": ""})
        for verb in ("approve", "reject")
    ),
    *(
        api(f"{verb} another team's change", "otto", "POST", f"/changes/{{waiting}}/{verb}", 404, body={})
        for verb in ("apply", "send", "withdraw", "preview")
    ),
    api("cancel another team's job", "otto", "POST", "/jobs/{job}/cancel", 404, body={}),
    api("revoke another's token", "otto", "DELETE", "/tokens/{token}", 404),
    asking("ask for another team", "otto", 404),
    api("lock another team", "adam", "POST", "/teams/support/lock", 404, body={"reason": "spite"}),
    api("another team's audit log", "adam", "GET", "/audit?team=support", 404),
]
ROLES = [
    asking("a viewer asks", "vera", 403),
    *(
        api(f"a viewer's {verb}", "vera", "POST", f"/services/{{service}}/{verb}", 403, body=body)
        for verb, body in [
            ("scale", {"replicas": 2}),
            ("destroy", {"confirm": "qwen"}),
            ("extend", {"hours": 5}),
            ("end-earlier", {"hours": 1, "confirm": "qwen"}),
            ("drift", {}),
        ]
    ),
    *(
        api(f"a viewer's {verb}", "vera", "POST", f"/changes/{{waiting}}/{verb}", 403, body={})
        for verb in ("apply", "send", "withdraw", "preview")
    ),
    api("a viewer cancels", "vera", "POST", "/jobs/{job}/cancel", 403, body={}),
    api("a requester approves", "rosa", "POST", "/changes/{waiting}/approve", 403, body={}),
    api("a requester rejects", "rosa", "POST", "/changes/{waiting}/reject", 403, body={}),
    api("an approver approves the own request", "anna", "POST", "/changes/{waiting}/approve", 403, body={}),
    api("apply what waits for approval", "rosa", "POST", "/changes/{waiting}/apply", 409, body={}),
    api("a requester locks", "rosa", "POST", "/teams/search/lock", 403, body={"reason": "mine"}),
    api("a requester reads the audit log", "rosa", "GET", "/audit", 403),
    api("a requester makes a team", "rosa", "POST", "/teams", 403, body={"id": "mine", "name": "Mine"}),
    api(
        "a team's admin raises its own quota",
        "adam",
        "PUT",
        "/teams/search/limits",
        403,
        body={"gpu_quota": 99, "service_quota": 99, "budget_usd_day": 9999},
    ),
    api("a team's admin makes a team", "adam", "POST", "/teams", 403, body={"id": "mine", "name": "Mine"}),
    asking("somebody of no team asks", "nina", 404),
    api("a forged role in a header", "vera", "POST", "/teams/search/lock", 403, body={"reason": "x"}, x_role="admin"),
    api(
        "a forged user in a header",
        "vera",
        "POST",
        "/teams",
        403,
        body={"id": "x", "name": "x"},
        x_forwarded_user="root",
        x_remote_user="root",
    ),
    asking("a forged role in the body", role="admin"),
    asking("a forged requester in the body", requested_by="root"),
    asking("a forged status in the body", status="running"),
    api(
        "a forged approval in the body",
        "rosa",
        "POST",
        "/changes/{waiting}/approve",
        422,
        body={"comment": "", "decided_by": "anna"},
    ),
]
TOKENS = [
    api("no token", "nobody", "POST", "/services", 401, body=SERVICE),
    api("a made-up token", "nobody", "POST", "/services", 401, body=SERVICE, authorization="Bearer llmp_guess"),
    api("another scheme", "nobody", "POST", "/services", 401, body=SERVICE, authorization="Basic cm9vdDpyb290"),
    api("an empty bearer", "nobody", "POST", "/services", 401, body=SERVICE, authorization="Bearer "),
    api(
        "an unsigned JWT",
        "nobody",
        "POST",
        "/services",
        401,
        body=SERVICE,
        authorization="Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.",
    ),
    api("a made-up cookie", "nobody", "POST", "/services", 401, body=SERVICE, cookie="portal=guess"),
    api("a token with SQL", "nobody", "POST", "/services", 401, body=SERVICE, authorization="Bearer ' or 1=1 --"),
    api("a revoked token", "revoked", "POST", "/services", 401, body=SERVICE),
    api("a read-only token writes", "readonly", "POST", "/services", 403, body=SERVICE | {"name": "mine"}),
    api("a read-only token makes a token", "readonly", "POST", "/tokens", 403, body={"name": "x"}),
    api("a token makes a token", "rosa", "POST", "/tokens", 403, body={"name": "x", "days": 365}),
    *(
        api(f"a read-only token posts to {path}", "readonly", "POST", path, 403, body=body)
        for path, body in [
            ("/services/{service}/chat", {"message": "hi"}),
            ("/services/{service}/extend", {"hours": 500}),
            ("/services/{service}/drift", {}),
            ("/changes/{waiting}/withdraw", {}),
            ("/teams/search/lock", {"reason": "x"}),
        ]
    ),
    api("a browser without a form token", "browser:rosa", "POST", "/services", 403, body=SERVICE | {"name": "mine"}),
    api("a made-up form token", "browser:rosa", "POST", "/services", 403, body=SERVICE, x_csrf_token="1.9999999999.x"),
    api("a form token without shape", "browser:rosa", "POST", "/services", 403, body=SERVICE, x_csrf_token="x"),
    api("another site's page", "browser:rosa", "POST", "/services", 403, body=SERVICE, origin="https://evil.example"),
    api("another site's script", "browser:rosa", "POST", "/services", 403, body=SERVICE, sec_fetch_site="cross-site"),
    Hostile("another host's name", "rosa", "POST", "/api/v1/services", (400,), SERVICE, {"host": "evil.example"}),
    Hostile("a wrong password", "nobody", "POST", "/sign-in", (401,), "login=rosa&password=guess"),
    Hostile("SQL for a name", "nobody", "POST", "/sign-in", (401,), "login=' or 1=1 --&password=x"),
    Hostile("a form from another site", "browser:rosa", "POST", "/sign-out", (403,), "csrf=", {"origin": "null"}),
    Hostile("sign out without a form token", "browser:rosa", "POST", "/sign-out", (403,), "x=1"),
]
BODIES = [
    Hostile("too large", "rosa", "POST", "/api/v1/services", (413,), json.dumps(SERVICE | {"model": "x" * 70000})),
    Hostile("a length that is no number", "rosa", "POST", "/api/v1/services", (413,), "{}", {"content-length": "9e9"}),
    Hostile("not JSON", "rosa", "POST", "/api/v1/services", (422,), "{'team': search"),
    Hostile("empty", "rosa", "POST", "/api/v1/services", (422,), ""),
    Hostile("a list", "rosa", "POST", "/api/v1/services", (422,), "[]"),
    Hostile("null", "rosa", "POST", "/api/v1/services", (422,), "null"),
    Hostile("very deep", "rosa", "POST", "/api/v1/services", (400, 422), "[" * 5000 + "]" * 5000),
    *(
        Hostile(f"as {kind}", "rosa", "POST", "/api/v1/services", (415,), json.dumps(SERVICE), {"content-type": kind})
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "text/html",
            "application/json5",
        )
    ),
    Hostile("JSON to a page", "browser:rosa", "POST", "/ask", (415,), "{}", {"content-type": "application/json"}),
    Hostile("a method nobody offers", "rosa", "DELETE", "/api/v1/services/{service}", (405,)),
    Hostile("another method nobody offers", "rosa", "PATCH", "/api/v1/changes/{waiting}", (405,), "{}"),
    api(
        "an idempotency key of 201 characters",
        "rosa",
        "POST",
        "/services",
        422,
        body=SERVICE,
        idempotency_key="k" * 201,
    ),
]
PATHS = [
    *(
        asking(f"a service called {name!r}", code=400 if "\0" in name else 422, name=name)
        for name in (
            "../../etc/passwd",
            "..",
            "a/b",
            "a\\b",
            "-rf",
            "--yes",
            "a b",
            "a\u0000b",
            "UPPER",
            "x" * 41,
            "",
            "a;rm -rf /",
            "$(id)",
            "`id`",
            "a\nb",
            "{{7*7}}",
            "${jndi:ldap://x}",
            "pulumi.yaml",
            "é",
        )
    ),
    *(
        asking(f"a platform called {name!r}", code=404, platform=name)
        for name in (
            "../dev",
            "prod",
            "dev-search",
            "dev/../dev",
            "organization/llm-platform/dev",
            "--help",
        )
    ),
    asking("a team called ../search", code=404, team="../search"),
    asking("a team called *", code=404, team="*"),
    Hostile("a path above the API", "rosa", "GET", "/api/v1/services/..%2F..%2Fetc%2Fpasswd", (404,)),
    Hostile("a path above the static files", "nobody", "GET", "/static/..%2f..%2fapp.py", (404,)),
    api("a job with dots", "rosa", "GET", "/jobs/..", 404),
    api("an event number that is none", "rosa", "GET", "/jobs/{job}/events", 422, last_event_id="1; drop table job"),
]
MODELS = [
    *(
        asking(f"a model called {model!r}", model=model)
        for model in (
            "{{ config.items() }}",
            "{{''.__class__.__mro__}}/x",
            "${7*7}/x",
            "<script>alert(1)</script>",
            "a/b/c",
            "a",
            "../../secrets/x",
            "org/name; rm -rf /",
            "org/name\nargs: {}",
            "org/$(id)",
            "org/{{7*7}}",
            "file:///etc/passwd",
        )
    ),
    asking("an option that opens vLLM", args={"host": "0.0.0.0"}),  # noqa: S104  what must be refused
    asking("an option that sets another key", args={"api-key": "mine"}),
    asking("an option nobody knows", args={"--load-everything": True}),
    asking("an image of one's own", image="evil/image:1"),
    asking("a way around the path allow list", path_allow_list=False),
    asking("a prefix outside weights/", weights={"source": "bucket", "size_gib": 7, "prefix": "../logs"}),
    asking("a revision with a newline", weights={"size_gib": -1}),
    asking("replicas without end", replicas=10**9),
    asking("more than the quota", code=409, replicas=5),
    asking("a pool nobody has", pool="../system"),
    asking("the system pool", pool="system"),
    asking("the whole internet by a wrong network", endpoint={"scheme": "internet-facing", "source_ranges": ["all"]}),
    asking("a life without end", ttl_hours=10**6),
]
REPLAYS = [
    api("a second service of the same name", "rosa", "POST", "/services", 409, body=SERVICE),
    api("the same change applied again", "rosa", "POST", "/changes/{change}/apply", 409, body={}),
    api("approved again", "adam", "POST", "/changes/{change}/approve", 409, body={}),
    api(
        "a key used for something else",
        "rosa",
        "POST",
        "/services",
        422,
        body=SERVICE | {"name": "zz"},
        idempotency_key="used",
    ),
    api("destroy by a wrong name", "rosa", "POST", "/services/{service}/destroy", 422, body={"confirm": "QWEN"}),
    api("extend without end", "rosa", "POST", "/services/{service}/extend", 422, body={"hours": 10**6}),
    api("shorten by extending", "rosa", "POST", "/services/{service}/extend", 409, body={"hours": 1}),
    api("extend by both", "rosa", "POST", "/services/{service}/extend", 422, body={"hours": 200, "more_hours": 1}),
    api("extend by nothing", "rosa", "POST", "/services/{service}/extend", 422, body={}),
    api(
        "end earlier by a wrong name",
        "rosa",
        "POST",
        "/services/{service}/end-earlier",
        422,
        body={"hours": 1, "confirm": "QWEN"},
    ),
    api(
        "end earlier, but later",
        "rosa",
        "POST",
        "/services/{service}/end-earlier",
        409,
        body={"hours": 500, "confirm": "qwen"},
    ),
    api("cancel what is over", "rosa", "POST", "/jobs/{job}/cancel", 409, body={}),
]
ALL = [*OTHERS, *ROLES, *TOKENS, *BODIES, *PATHS, *MODELS, *REPLAYS]


def snapshot(deps: Dependencies) -> dict[str, Any]:
    """Every row of every table but the log of refusals, rate limits' and used-up tokens."""
    database = deps.database
    with database.engine.connect() as connection:
        return {
            table: sorted(map(repr, connection.exec_driver_sql(f'select * from "{table}"').all()))  # noqa: S608
            for table in inspect(database.engine).get_table_names()
            if table not in {"audit_entry", "spent", "api_token"}
        }


@pytest.fixture(scope="module")
def attacked(
    tmp_path_factory: pytest.TempPathFactory, migrated: Any, passwords: Any
) -> Callable[[], tuple[Portal, dict[str, str]]]:
    """A portal with something to attack; made once, because nothing may change it."""
    import shutil

    from tests.portal.fakes import FakeRunner
    from tests.portal.people import make_portal

    folder = tmp_path_factory.mktemp("attacked")
    shutil.copy(migrated, folder / "portal.db")
    portal = make_portal(f"sqlite:///{folder / 'portal.db'}", folder / "data", FakeRunner(), passwords)
    service = portal.deployed()
    change = portal.rosa.get("/changes").json()[0]
    waiting = portal.anna.ask(name="second", replicas=2).json()["change"]
    portal.work()
    portal.anna.post(f"/changes/{waiting}/send")
    token = portal.token("rosa", "mine")
    revoked = portal.token("rosa", "revoked")
    portal.client.delete(f"/api/v1/tokens/{revoked['id']}", headers=portal.rosa.headers)
    readonly = portal.token("rosa", "readonly", read_only=True)
    portal.tokens |= {"revoked": revoked["token"], "readonly": readonly["token"]}
    first = portal.rosa.post("/services/" + service["id"] + "/extend", {"idempotency-key": "used"}, hours=100)
    assert first.status_code == 200
    # The key belongs to its path, so it is spent on the path that is attacked with it as well.
    held = portal.rosa.post("/services", {"idempotency-key": "used"}, **(SERVICE | {"name": "third"}))
    assert held.status_code == 202, held.text
    portal.work()
    portal.rosa.post(f"/changes/{held.json()['change']}/withdraw")
    portal.work()
    ids = {
        "service": service["id"],
        "change": change["id"],
        "job": change["jobs"][0],
        "waiting": waiting,
        "token": token["id"],
    }
    yield portal, ids
    portal.close()


def test_there_are_a_hundred():
    assert len({(one.name, one.who, one.path, repr(one.body), repr(one.headers)) for one in ALL}) >= 100


@pytest.mark.thorough
@pytest.mark.parametrize("hostile", ALL, ids=lambda one: f"{one.who} {one.name}"[:60])
def test_hostile_request(hostile: Hostile, attacked: Any):
    portal, ids = attacked
    before, logged = snapshot(portal.deps), len(portal.audit())
    client, headers = portal.client, {}
    if hostile.who.startswith("browser:"):
        client = portal.browser(hostile.who.removeprefix("browser:"))
        before, logged = snapshot(portal.deps), len(portal.audit())
    elif hostile.who != "nobody":
        headers["authorization"] = f"Bearer {portal.tokens[hostile.who]}"
    path = hostile.path.format(**ids) if "{" in hostile.path else hostile.path
    body = hostile.body if isinstance(hostile.body, str) or hostile.body is None else json.dumps(hostile.body)
    is_form = hostile.path.startswith("/sign")
    headers |= {"content-type": "application/x-www-form-urlencoded" if is_form else "application/json"}
    answer = client.request(hostile.method, path, content=body, headers=headers | hostile.headers)

    assert answer.status_code in hostile.status, answer.text
    said = answer.json()["detail"] if "json" in answer.headers["content-type"] else answer.text
    assert len(said) > 5, "it says what is wrong"
    assert "Traceback" not in answer.text
    assert snapshot(portal.deps) == before, "nothing changed"
    new = portal.audit()[logged:]
    refusals = [entry for entry in new if entry.outcome == "refused"]
    if hostile.method != "GET" or answer.status_code != 401:
        assert len(refusals) == 1, [(entry.action, entry.detail) for entry in new]
        assert str(answer.status_code) in refusals[0].detail
    runs = len(portal.runner.history)
    portal.work(1)
    assert len(portal.runner.history) == runs, "nothing was started"


def test_a_form_token_is_good_once(attacked: Any):
    portal, _ = attacked
    browser = portal.browser("rosa")
    token = browser.get("/api/v1/form-token").json()["token"]
    first = browser.post("/api/v1/tokens", json={"name": "once"}, headers={"x-csrf-token": token})
    again = browser.post("/api/v1/tokens", json={"name": "twice"}, headers={"x-csrf-token": token})
    assert (first.status_code, again.status_code) == (201, 403)
    assert "sent before" in again.json()["detail"]


def test_a_form_token_is_good_for_its_own_browser_only(attacked: Any):
    portal, _ = attacked
    token = portal.browser("rosa").get("/api/v1/form-token").json()["token"]
    answer = portal.browser("anna").post("/api/v1/tokens", json={"name": "x"}, headers={"x-csrf-token": token})
    assert answer.status_code == 403


def test_a_replay_with_its_key_is_answered_as_the_first_time_and_done_once(portal: Portal):
    first = portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE)
    again = portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(portal.rosa.get("/services").json()) == 1


@pytest.mark.thorough
def test_a_flood_of_refusals_does_not_fill_the_log(build: Any, sqlite_url: str):
    portal = build(sqlite_url, logged_refusals_rate="120/minute")
    for _ in range(130):
        portal.client.post("/api/v1/services", json=SERVICE)
    with portal.deps.database.reading() as session:
        refused = session.scalars(select(AuditEntry).where(AuditEntry.outcome == "refused")).all()
    assert len(refused) == 120


def test_signing_in_is_rate_limited(build: Any, sqlite_url: str):
    portal = build(sqlite_url, sign_in_rate="10/minute")
    codes = [portal.client.post("/sign-in", data={"login": "rosa", "password": "no"}).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_writing_is_rate_limited(build: Any, sqlite_url: str):
    portal = build(sqlite_url, write_rate="2/minute")
    codes = [portal.rosa.post("/teams/search/lock", reason="x").status_code for _ in range(3)]
    assert codes == [403, 403, 429]
