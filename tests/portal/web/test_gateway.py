"""Pages of keys, limits and usage: a key once, forms that work without a script, one line where the table is away."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gateway.store import usage
from gateway.store.table import Table
from portal.clock import now
from portal.db.work import Service
from tests.portal.people import Portal

HERE = "/gateway/dev/search"


def send(browser: TestClient, path: str, **fields: str):
    token = browser.get("/api/v1/form-token").json()["token"]
    return browser.post(path, data=fields | {"csrf": token})


def used(table: Table, tenant: str = "search") -> None:
    hours = [(now() - timedelta(days=days)).strftime("%Y-%m-%dT%H") for days in (0, 2, 40)]
    entries = [
        usage.Usage(
            hour=hour, model=model, requests=2, prompt_tokens=1000, completion_tokens=500 * number, microusd=250_000
        )
        for hour in hours
        for number, model in enumerate(["dev-search/qwen", "dev/chat"], 1)
    ]
    usage.add(table, tenant, entries, batch="1")


def test_a_key_is_on_one_answer_only(portal: Portal, table: Table):
    rosa = portal.browser("rosa")
    made = send(rosa, f"{HERE}/keys", name="ci", days="7")
    value = re.search(r"sk-llm-[\w-]{43}", made.text)[0]
    assert made.headers["cache-control"] == "no-store"
    listed = rosa.get(f"{HERE}/keys").text
    assert value not in listed
    assert f"{value[:8]}...{value[-4:]}" in listed
    key_id = re.search(r"/keys/([0-9a-f]{64})/rotate", listed)[1]
    rotated = send(rosa, f"{HERE}/keys/{key_id}/rotate", overlap_hours="1")
    assert re.search(r"sk-llm-[\w-]{43}", rotated.text)[0] != value
    assert send(rosa, f"{HERE}/keys/{key_id}/revoke").status_code == 303
    assert "revoked" in rosa.get(f"{HERE}/keys").text


def test_forms_without_a_token_or_of_another_team_are_refused(portal: Portal, table: Table):
    rosa, otto = portal.browser("rosa"), portal.browser("otto")
    assert rosa.post(f"{HERE}/keys", data={"name": "ci"}).status_code == 403
    assert rosa.post(f"{HERE}/limits", data={"usd_per_day": "5"}).status_code == 403
    assert send(otto, f"{HERE}/keys", name="ci").status_code == 404
    assert send(portal.browser("vera"), f"{HERE}/keys", name="ci").status_code == 403
    assert portal.rosa.get("/gateways/dev/teams/search/keys").json() == []
    assert "New key" not in portal.browser("vera").get(f"{HERE}/keys").text


def test_the_code_has_the_address_and_the_name_of_the_teams_model(portal: Portal, table: Table):
    portal.deployed()
    text = portal.browser("vera").get(f"{HERE}/keys").text
    for line in (
        "curl https://llm.example.com/v1/chat/completions",
        "OpenAI(base_url=&#34;https://llm.example.com/v1&#34;",
        "baseURL: &#34;https://llm.example.com/v1&#34;",
        "model=&#34;dev-search/qwen&#34;",
    ):
        assert line in text


def test_limits_are_a_form_and_a_page_with_the_difference(portal: Portal, table: Table):
    rosa, anna = portal.browser("rosa"), portal.browser("anna")
    change = send(rosa, f"{HERE}/limits", requests_per_second="20", models="dev/chat, dev-search/qwen").headers[
        "location"
    ]
    shown = rosa.get(change).text
    assert "Limits that change" in shown
    assert "requests_per_second from the default to 20" in shown
    assert "Cost of the service" not in shown
    assert "Send for approval" in shown
    assert send(rosa, f"{change}/send").status_code == 303
    assert "requests_per_second" in anna.get("/approvals").text
    assert send(anna, f"{change}/approve", comment="fine").status_code == 303
    assert send(rosa, f"{change}/apply").headers["location"] == change
    assert "applied" in rosa.get(change).text
    assert ">20<" in rosa.get(f"{HERE}/limits").text
    assert send(rosa, f"{HERE}/limits", usd_per_day="x").status_code == 422


def test_usage_is_drawn_and_downloaded(portal: Portal, table: Table):
    used(table)
    vera = portal.browser("vera")
    text = vera.get(f"{HERE}/usage?days=7").text
    assert text.count('<svg class="usage"') == 2
    assert "7,000 tokens in all; most on" in text
    assert "$1.00" in text
    assert vera.get(f"{HERE}/usage?days=90").text.count("<g>") == 180
    answer = vera.get(f"{HERE}/usage.csv?days=90")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0] == "day,model,requests,prompt_tokens,completion_tokens,usd"
    assert len(lines) == 7
    assert lines[1].endswith(",dev-search/qwen,2,1000,500,0.250000")
    assert portal.browser("otto").get(f"{HERE}/usage.csv").status_code == 404
    for days in ("0", "367", "x"):
        assert vera.get(f"{HERE}/usage?days={days}").status_code == 422


def test_each_chart_of_usage_is_there_as_a_table_by_day(portal: Portal, table: Table):
    used(table)
    text = portal.browser("vera").get(f"{HERE}/usage?days=7").text
    tables = [[cells(row) for row in ROW.findall(one)] for one in TABLE.findall(text)]
    today, two_days_ago = (str((now() - timedelta(days=days)).date()) for days in (0, 2))
    yesterday = str((now() - timedelta(days=1)).date())
    heading = ["UTC", "all", "dev/chat", "dev-search/qwen"]
    tokens, dollars = ["3,500", "2,000", "1,500"], ["$0.50", "$0.25", "$0.25"]
    for found, values, nothing in zip(tables, (tokens, dollars), ("0", "$0.00"), strict=True):
        assert found[0] == heading
        assert found[1:4] == [[today, *values], [yesterday, *[nothing] * 3], [two_days_ago, *values]]
        assert len(found) == 1 + 7


TABLE = re.compile(r'<table class="values">.*?</table>', re.DOTALL)
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)


def cells(row: str) -> list[str]:
    return re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)


def test_one_model_has_no_sum_beside_it(portal: Portal, table: Table):
    hour = now().strftime("%Y-%m-%dT%H")
    one = usage.Usage(hour=hour, model="dev/chat", requests=1, prompt_tokens=1, completion_tokens=1, microusd=1)
    usage.add(table, "search", [one], batch="1")
    text = portal.browser("vera").get(f"{HERE}/usage?days=7").text
    assert cells(ROW.findall(TABLE.findall(text)[0])[0]) == ["UTC", "dev/chat"]


def test_usage_over_json_is_by_day_and_model(portal: Portal, table: Table):
    used(table)
    used(table, "support")
    found = portal.vera.get("/gateways/dev/teams/search/usage?days=7").json()
    assert [(one["model"], one["completion_tokens"]) for one in found["usage"]] == [
        ("dev-search/qwen", 500),
        ("dev/chat", 1000),
    ] * 2
    assert portal.vera.get("/gateways/dev/teams/support/usage").status_code == 404


@pytest.mark.parametrize("page", ["keys", "limits", "usage"])
def test_a_table_that_is_away_is_a_line_on_the_page(portal: Portal, table: Table, page: str):
    table._client.delete_table(TableName=table.name)
    answer = portal.browser("rosa").get(f"{HERE}/{page}")
    assert answer.status_code == 200
    assert "llm-dev-gateway of dev does not answer the portal" in answer.text
    assert "Traceback" not in answer.text


def test_a_platform_without_a_gateway_has_the_old_pages(portal: Portal):
    service = portal.deployed()
    rosa = portal.browser("rosa")
    home, shown = rosa.get("/").text, rosa.get(f"/services/{service['id']}").text
    assert "/gateway" not in home + shown
    assert "Show the API key" in shown
    assert rosa.get(f"{HERE}/keys").status_code == 404
    assert "No platform has a gateway" in rosa.get("/gateway").text


def test_a_services_page_has_code_for_the_gateway_and_its_own_address_beside_it(portal: Portal, table: Table):
    service = portal.deployed()
    vera, rosa = (portal.browser(login).get(f"/services/{service['id']}").text for login in ("vera", "rosa"))
    for text in (vera, rosa):
        assert "curl https://llm.example.com/v1/chat/completions" in text
        assert f'href="{HERE}/keys"' in text
    assert "Use it at its own address" in rosa
    assert "Show the API key" in rosa
    with portal.deps.database.session() as session:
        session.get_one(Service, service["id"]).url = "http://qwen.dev-search.svc.cluster.local"
    text = portal.browser("rosa").get(f"/services/{service['id']}").text
    assert "dev-search/qwen" in text
    assert "Show the API key" not in text
    assert "svc.cluster.local" not in text + portal.browser("rosa").get("/").text


def test_the_menu_has_them_where_a_platform_has_a_gateway(portal: Portal, table: Table):
    portal.deployed()
    assert 'href="/gateway"' in portal.browser("vera").get("/").text
    assert f"{HERE}/keys" in portal.browser("vera").get("/gateway").text
    assert f"{HERE}/keys" not in portal.browser("otto").get("/gateway").text
