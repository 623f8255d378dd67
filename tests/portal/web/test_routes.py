"""Every page, for everybody; and the whole path by forms alone."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from gateway.store.table import Table
from portal.db.people import Membership, Team
from portal.identity.roles import Role
from settings.version import VERSION
from tests.portal.pages import page_paths
from tests.portal.people import PASSWORD, ROLES, Portal

DECIDE = {Role.APPROVER, Role.ADMIN}

AT_GATEWAY = {"platform": "dev", "team": "search"}
PROPOSAL = "/ask/proposal?model=Qwen/Qwen3-8B&max_model_len=8192&concurrency=4&platform=dev"
FORM = {
    "team": "search",
    "platform": "dev",
    "name": "qwen",
    "model": "Qwen/Qwen3-4B-Instruct-2507",
    "pool": "g5",
    "max_model_len": "8192",
    "replicas": "1",
    "tensor_parallel": "1",
    "scheme": "internal",
    "ttl_hours": "24",
}


def token(browser: TestClient) -> str:
    return browser.get("/api/v1/form-token").json()["token"]


def send(browser: TestClient, path: str, **fields: str):
    return browser.post(path, data=fields | {"csrf": token(browser)})


@pytest.mark.parametrize(
    "login",
    ["root", "vera", *(pytest.param(one, marks=pytest.mark.thorough) for one in ROLES if one not in {"root", "vera"})],
)
def test_every_page_answers_everybody(portal: Portal, table: Table, login: str):
    service = portal.deployed()
    change = portal.rosa.get("/changes").json()[0]
    browser = portal.browser(login)
    mine = "search" in ROLES[login] or "*" in ROLES[login]
    may_edit = bool({ROLES[login].get(team) for team in ("search", "*")} - {None, Role.VIEWER})
    admin = "admin" in {role.value for role in ROLES[login].values()}
    ids = {"service_id": service["id"], "change_id": change["id"], "job_id": change["jobs"][0]} | AT_GATEWAY
    expected = {
        path.format(**ids): admin
        if path.startswith("/admin/")
        else may_edit
        if path.endswith("/edit")
        else mine or "{" not in path
        for path in page_paths()
    }
    for path, seen in {**expected, PROPOSAL: True, "/nowhere": False}.items():
        answer = browser.get(path)
        assert (answer.status_code == 200) is seen, (path, answer.status_code)
        assert "Traceback" not in answer.text


def test_no_page_needs_what_its_policy_forbids(portal: Portal, table: Table):
    service = portal.deployed()
    portal.rosa.post(f"/services/{service['id']}/scale", replicas=2)
    portal.work()
    browser = portal.browser("root")
    paths = {PROPOSAL}
    for change in portal.rosa.get("/changes").json():
        ids = {"service_id": service["id"], "change_id": change["id"], "job_id": change["jobs"][0]} | AT_GATEWAY
        paths |= {path.format(**ids) for path in page_paths()}
    for path in sorted(paths):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert not re.search(r"<[^>]+ (style|on\w+)=", answer.text), path
        assert not re.search(r"<script(?![^>]* src=\"/static/)", answer.text), path
        assert not re.search(r"(src|href)=\"(https?:)?//", answer.text), path
        forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", answer.text, re.DOTALL)
        assert all('name="csrf"' in form for form in forms), path


def test_the_path_by_forms(portal: Portal):
    rosa, anna = portal.browser("rosa"), portal.browser("anna")
    asked = send(rosa, "/ask", **FORM)
    assert asked.status_code == 303, asked.text
    change = asked.headers["location"]
    assert "data-live" in rosa.get(change).text
    portal.work()
    assert "create" in rosa.get(change).text
    applied = send(rosa, f"{change}/apply")
    assert applied.status_code == 303
    portal.work()
    assert "succeeded" in rosa.get(applied.headers["location"]).text
    service = "/services/" + portal.rosa.get("/services").json()[0]["id"]
    scaled = send(rosa, f"{service}/scale", replicas="2").headers["location"]
    portal.work()
    assert "Send for approval" in rosa.get(scaled).text
    send(rosa, f"{scaled}/send")
    assert "qwen" in anna.get("/approvals").text
    send(anna, f"{scaled}/approve", comment="<b>fine</b>")
    assert "&lt;b&gt;fine&lt;/b&gt;" in rosa.get(scaled).text
    send(rosa, f"{scaled}/apply")
    portal.work()
    assert send(rosa, f"{service}/extend", hours="96").status_code == 303
    assert send(rosa, f"{service}/destroy", confirm="wrong").status_code == 422
    ended = send(rosa, f"{service}/destroy", confirm="qwen").headers["location"]
    portal.work()
    send(rosa, f"{ended}/apply")
    portal.work()
    assert "No services yet" in rosa.get("/").text


def test_a_form_with_mistakes_comes_back_filled_in(portal: Portal):
    rosa = portal.browser("rosa")
    answer = send(rosa, "/ask", **(FORM | {"model": "<script>x</script>", "name": "Bad Name"}))
    assert answer.status_code == 422
    assert "<script>x" not in answer.text
    assert "&lt;script&gt;x" in answer.text
    assert "is not a DNS label" in answer.text


def test_a_size_the_planner_does_not_know_is_asked_for(portal: Portal):
    answer = send(portal.browser("rosa"), "/ask", **(FORM | {"model": "somebody/private-model"}))
    assert answer.status_code == 422
    assert "the planner does not know somebody/private-model" in answer.text


def test_the_proposal_has_pictures_and_fills_the_form_in(portal: Portal):
    answer = portal.browser("rosa").get(
        "/ask/proposal?model=Qwen/Qwen3-8B&max_model_len=8192&concurrency=4&platform=dev"
    )
    assert answer.text.count("<svg") >= 2
    assert 'data-fill-pool="g5"' in answer.text
    assert (
        portal.rosa.get("/proposals?model=Qwen/Qwen3-8B&max_model_len=8192&concurrency=4&platform=dev").json()[
            "choices"
        ][0]["pool"]
        == "g5"
    )
    unknown = portal.browser("rosa").get(
        "/ask/proposal?model=Qwen/Qwen3-9B&max_model_len=8192&concurrency=1&platform=dev"
    )
    assert "Not known to the planner" in unknown.text


def test_a_form_that_is_sent_after_the_session_ended_comes_back_filled_in(portal: Portal):
    rosa = portal.browser("rosa")
    fields = FORM | {"csrf": token(rosa), "model": "Qwen/Qwen3-8B"}
    rosa.cookies.clear()
    answer = rosa.post("/ask", data=fields)
    assert answer.status_code == 303
    way_in = rosa.get(answer.headers["location"])
    assert "what you sent was not done" in way_in.text
    target = html.unescape(re.search('name="next" value="([^"]*)"', way_in.text)[1])
    assert target.startswith("/ask?")
    assert "csrf" not in target
    back = rosa.post("/sign-in", data={"login": "rosa", "password": PASSWORD, "next": target}).headers["location"]
    filled = rosa.get(back)
    assert filled.status_code == 200
    assert 'value="Qwen/Qwen3-8B"' in filled.text
    assert 'value="qwen"' in filled.text
    assert portal.rosa.get("/services").json() == []


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://127.0.0.1:8000/jobs?before=x", "/jobs?before=x"),
        ("http://evil.example/jobs", "/"),
        ("http://127.0.0.1:8000//evil.example", "/"),
        ("", "/"),
    ],
)
def test_what_is_sent_after_the_session_ended_leads_back_to_its_page(portal: Portal, referer: str, back: str):
    answer = portal.client.post("/services/none/drift", data={"csrf": "x"}, headers={"referer": referer})
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert parse_qs(location.query) == {"next": [back], "ended": ["1"]}


def test_a_page_with_a_query_comes_back_with_it_after_the_sign_in(portal: Portal):
    answer = portal.client.get("/ask?kind=ollama&name=a")
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"next": ["/ask?kind=ollama&name=a"]}


def test_the_first_page_says_what_to_do_next(portal: Portal):
    assert "Request the first one" in portal.browser("rosa").get("/").text
    assert "A requester of your team requests one" in portal.browser("vera").get("/").text
    with portal.deps.database.session() as session:
        session.execute(delete(Membership).where(Membership.team != "*"))
        session.execute(delete(Team))
    root = portal.browser("root").get("/").text
    assert 'href="/admin/teams">make one under Teams' in root
    assert 'href="/ask"' not in root


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(portal: Portal):
    answer = portal.client.get("/jobs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/jobs")
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""):
        back = portal.client.post("/sign-in", data={"login": "rosa", "password": "correct horse", "next": target})
        assert back.headers["location"] == "/"


def test_the_version_is_shown_to_users_and_not_to_strangers(portal: Portal):
    assert f"llm-platform {VERSION}" in portal.browser("rosa").get("/").text
    assert VERSION not in portal.client.get("/sign-in").text


def test_a_session_cookie_is_closed_to_scripts_and_ends(portal: Portal):
    answer = portal.client.post("/sign-in", data={"login": "rosa", "password": "correct horse"})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    browser = portal.browser("rosa")
    assert send(browser, "/sign-out").status_code == 303
    assert browser.get("/api/v1/me").status_code == 401


def test_a_token_is_shown_once(portal: Portal):
    browser = portal.browser("rosa")
    made = send(browser, "/tokens", name="ci", days="7").text
    value = re.search(r"llmp_[\w-]+", made)[0]
    assert value not in browser.get("/tokens").text
    assert portal.client.get("/api/v1/me", headers={"Authorization": f"Bearer {value}"}).json()["login"] == "rosa"


def test_health_and_metrics(portal: Portal):
    assert portal.client.get("/healthz").json() == {"status": "ok"}
    assert portal.client.get("/readyz").status_code == 503, "nobody looks after the jobs yet"
    portal.work(1)
    assert portal.client.get("/readyz").json() == {"status": "ready"}
    portal.deployed()
    text = portal.client.get("/metrics").text
    assert 'portal_jobs{status="succeeded"} 2.0' in text
    assert "portal_request_seconds_bucket" in text
    paths = portal.client.get("/openapi.json").json()["paths"]
    assert {"/api/v1/services", "/api/v1/changes/{change_id}/apply", "/api/v1/jobs/{job_id}/events"} <= set(paths)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000", 303),
        ("localhost:8000", "http://localhost:8000", 303),
        ("localhost:8000", "http://127.0.0.1:8000", 303),
        ("127.0.0.1:8000", "http://localhost:9000", 403),
        ("127.0.0.1:8000", "https://127.0.0.1:8000", 403),
        ("evil.example", "http://evil.example", 400),
        ("127.0.0.1:8000", "null", 403),
    ],
)
def test_only_the_portals_own_pages_may_send_forms(portal: Portal, host: str, origin: str, status: int):
    answer = portal.client.post(
        "/sign-in", data={"login": "rosa", "password": "correct horse"}, headers={"host": host, "origin": origin}
    )
    assert answer.status_code == status


def test_the_menu_counts_what_waits_for_ones_own_decision(portal: Portal):
    def counted() -> set[str]:
        waits = 'Approvals <span class="badge waiting">1</span>'
        return {login for login in ROLES if waits in portal.browser(login).get("/").text}

    public = {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"]}
    change = portal.rosa.ask(endpoint=public).json()["change"]
    portal.work()
    assert counted() == set()
    assert portal.rosa.post(f"/changes/{change}/send").status_code == 200
    deciders = {login for login, roles in ROLES.items() if roles.get("search") in DECIDE or roles.get("*") in DECIDE}
    assert counted() == deciders != set()


def test_settings_are_compared_only_with_those_the_change_found(portal: Portal):
    rosa, service = portal.browser("rosa"), portal.deployed()["id"]

    def scaled(replicas: int) -> str:
        return f"/changes/{portal.rosa.post(f'/services/{service}/scale', replicas=replicas).json()['change']}"

    given_up = scaled(3)
    portal.work()
    portal.rosa.post(f"{given_up}/withdraw")
    portal.work()
    assert "<del>1</del> → 3" in rosa.get(given_up).text
    applied = scaled(2)
    portal.work()
    assert "<del>1</del> → 2" in rosa.get(applied).text
    assert portal.rosa.post(f"{applied}/send").status_code == 200
    portal.anna.post(f"{applied}/approve")
    portal.rosa.post(f"{applied}/apply")
    portal.work()
    assert portal.rosa.get(applied).json()["status"] == "applied"
    for change in (given_up, applied):
        assert "Settings that change" not in rosa.get(change).text
    created = portal.rosa.get("/changes").json()[-1]["id"]
    assert "<h2>Settings</h2>" in rosa.get(f"/changes/{created}").text


def test_what_was_sent_without_need_says_so(portal: Portal):
    change = portal.rosa.ask().json()["change"]
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/send").json()["needs_approval"] is None
    page = portal.browser("anna").get("/approvals").text
    assert "None." not in page
    assert "It needs no approval" in page
