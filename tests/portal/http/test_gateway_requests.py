"""A chat goes through the gateway with a short-lived key of the team, which no user and no log sees."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from gateway.store import keys
from gateway.store.table import Table
from tests.portal.people import Portal

Answer = Callable[[httpx.Request], httpx.Response]
SAID = {"choices": [{"message": {"content": "hello"}}]}


@pytest.fixture
def requests(portal: Portal, table: Table) -> Iterator[list[httpx.Request]]:
    """What the gateway got; it answers each with a greeting."""
    got: list[httpx.Request] = []
    answering(portal, got, lambda _: httpx.Response(200, content=stream(SAID)))
    return got


async def stream_of(body: Any):
    yield json.dumps(body).encode()


def stream(body: Any) -> Any:
    return stream_of(body)


def answering(portal: Portal, got: list[httpx.Request], answer: Answer) -> None:
    def take(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return answer(request)

    portal.deps.chats._client = httpx.AsyncClient(transport=httpx.MockTransport(take))


def chat(portal: Portal, service: str, login: str = "vera"):
    return getattr(portal, login).post(f"/services/{service}/chat", message="hi")


def test_it_is_sent_to_the_gateway_with_a_key_of_the_team(portal: Portal, table: Table, requests: list[httpx.Request]):
    service = portal.deployed()["id"]
    assert chat(portal, service).json() == {"text": "hello"}
    assert chat(portal, service, "rosa").json() == {"text": "hello"}
    assert {str(one.url) for one in requests} == {"https://llm.example.com/v1/chat/completions"}
    assert json.loads(requests[0].content)["model"] == "dev-search/qwen"
    sent = {one.headers["authorization"].removeprefix("Bearer ") for one in requests}
    assert len(sent) == 1, "one key for the team, until it ends"
    kept = keys.find(table, keys.digest_of(sent.pop()))
    assert (kept.tenant, kept.name) == ("search", "portal chat")
    assert 0 < kept.expires - kept.created <= 12 * 3600


def test_no_user_sees_or_changes_the_portals_own_key(
    portal: Portal, table: Table, requests: list[httpx.Request], caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    service = portal.deployed()["id"]
    chat(portal, service)
    secret = requests[0].headers["authorization"].removeprefix("Bearer ")
    here = "/gateways/dev/teams/search/keys"
    assert portal.root.get(here).json() == []
    assert portal.root.delete(f"{here}/{keys.digest_of(secret)}").status_code == 404
    assert portal.root.post(f"{here}/{keys.digest_of(secret)}/rotate").status_code == 404
    assert secret not in caplog.text
    assert secret not in portal.browser("rosa").get(f"/services/{service}").text


def test_a_key_that_is_not_accepted_is_made_again(portal: Portal, table: Table, requests: list[httpx.Request]):
    service = portal.deployed()["id"]
    answering(portal, requests, lambda _: httpx.Response(401, content=stream({"error": {"message": "no"}})))
    assert "send it again" in chat(portal, service).json()["detail"]
    answering(portal, requests, lambda _: httpx.Response(200, content=stream(SAID)))
    assert chat(portal, service).status_code == 200
    assert requests[0].headers["authorization"] != requests[1].headers["authorization"]


@pytest.mark.parametrize(
    ("status", "message", "line"),
    [
        (404, "unknown", "the gateway does not serve dev-search/qwen to team search"),
        (429, "Budget of the day is spent.", "qwen answered 429: Budget of the day is spent."),
        (503, "a\nb", "qwen answered 503: a b"),
    ],
)
def test_a_refusal_of_the_gateway_is_one_line(
    portal: Portal, requests: list[httpx.Request], status: int, message: str, line: str
):
    service = portal.deployed()["id"]
    answering(portal, requests, lambda _: httpx.Response(status, content=stream({"error": {"message": message}})))
    answer = chat(portal, service)
    assert answer.status_code == 409
    assert line in answer.json()["detail"]


def test_a_table_that_is_away_is_one_line(portal: Portal, table: Table, requests: list[httpx.Request]):
    service = portal.deployed()["id"]
    table._client.delete_table(TableName=table.name)
    assert "does not answer the portal" in chat(portal, service).json()["detail"]
    assert requests == []


def test_old_keys_of_its_own_are_deleted_when_it_makes_another(portal: Portal, table: Table):
    made, gateway = portal.deps.chat_keys, portal.deps.platforms.gateway("dev")
    first = made.key(gateway, "search")
    table._client.update_item(
        TableName=table.name,
        Key={"pk": {"S": f"KEY#{keys.digest_of(first)}"}, "sk": {"S": "KEY"}},
        UpdateExpression="SET expires = :old",
        ExpressionAttributeValues={":old": {"N": "1000"}},
    )
    made.forget(gateway, "search")
    second = made.key(gateway, "search")
    assert [one.digest for one in keys.of_tenant(table, "search")] == [keys.digest_of(second)]
