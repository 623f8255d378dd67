import asyncio
from typing import Any

import pytest

from components.payloads.path_allow_list import NOT_FOUND, SCRAPE_TOKEN_VARIABLE, PathAllowList

TOKEN = "scrape-me"


@pytest.fixture(autouse=True)
def scrape_token(monkeypatch):
    monkeypatch.setenv(SCRAPE_TOKEN_VARIABLE, TOKEN)


def ask(path: str, *, raw: bytes | None = None, kind: str = "http", **headers: str) -> list[dict[str, Any]]:
    """What a client of the guarded application gets to see."""
    sent: list[dict[str, Any]] = []

    async def application(scope, receive, send):
        await send({"type": "passed", "path": scope["path"]})

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(dict(message))

    scope = {
        "type": kind,
        "path": path,
        "raw_path": path.encode() if raw is None else raw,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(PathAllowList(application)(scope, receive, send))
    return sent


def passes(path: str, **more: Any) -> bool:
    return [message["type"] for message in ask(path, **more)] == ["passed"]


@pytest.mark.parametrize(
    "path",
    ["/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses/resp_1", "/health"],
)
def test_what_clients_need_passes(path):
    assert passes(path)


def test_a_query_is_no_part_of_the_path():
    assert passes("/v1/models", raw=b"/v1/models?limit=5&after=%2e%2e")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v10/models",
        "/v2/rerank",
        "/invocations",
        "/tokenize",
        "/detokenize",
        "/ping",
        "/version",
        "/load",
        "/docs",
        "/openapi.json",
        "/redoc",
        "/rerank",
        "/score",
        "/pooling",
        "/server_info",
        "/metrics",
        "/metrics/",
        "/health/",
        "/healthz",
        "/HEALTH",
        "/V1/models",
        "",
    ],
)
def test_everything_else_is_not_there(path):
    start, body = ask(path)
    assert start["status"] == 404
    assert body["body"] == NOT_FOUND
    assert (b"content-length", str(len(NOT_FOUND)).encode()) in start["headers"]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("//v1/models", None),
        ("/v1//models", None),
        ("//v1/../invocations", None),
        ("/v1/../invocations", None),
        ("/v1/./../tokenize", None),
        ("/v1/..", None),
        ("/v1/.", None),
        ("/v1/../invocations", b"/v1/%2e%2e/invocations"),
        ("/v1/../invocations", b"/v1/%2E%2E/invocations"),
        ("/v1/%2e%2e/invocations", b"/v1/%252e%252e/invocations"),
        ("/v1/models", b"/v1/%6dodels"),
        ("/v1/models", b"/%76%31/models"),
        ("/v1/..\\invocations", None),
        ("/v1/;/../invocations", None),
        ("/v1/models;x=1", None),
        ("/v1/mod\x00els", None),
        ("/v1/mod\nels", None),
        ("/v1/modèles", "/v1/modèles".encode()),
        ("/health", b"/invocations"),
        ("/v1/models", b"/invocations"),
        ("/v1/models", b"http://host/v1/models"),
    ],
)
def test_path_tricks_are_refused(path, raw):
    start, _ = ask(path, raw=raw)
    assert start["status"] == 404


def test_servers_that_give_no_raw_path_are_served_by_the_path():
    assert passes("/v1/models", raw=b"")
    assert not passes("/invocations", raw=b"")


def test_metrics_are_for_who_holds_the_scrape_token():
    assert passes("/metrics", authorization=f"Bearer {TOKEN}")
    assert passes("/metrics", Authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "header", [TOKEN, "Bearer", "Bearer ", "Bearer wrong", f"bearer {TOKEN}", f"Bearer {TOKEN} ", "Bearer ü"]
)
def test_metrics_are_not_there_for_others(header):
    assert not passes("/metrics", authorization=header)


def test_two_authorizations_are_none():
    assert not passes("/metrics", authorization=f"Bearer {TOKEN}", Authorization="Bearer other")


def test_without_a_scrape_token_nobody_scrapes(monkeypatch):
    monkeypatch.delenv(SCRAPE_TOKEN_VARIABLE)
    assert not passes("/metrics", authorization="Bearer ")
    assert not passes("/metrics", authorization="Bearer")


def test_the_scrape_token_opens_nothing_else():
    assert not passes("/invocations", authorization=f"Bearer {TOKEN}")


def test_websockets_are_closed():
    assert ask("/v1/realtime", kind="websocket") == [{"type": "websocket.close", "code": 1008, "reason": ""}]


def test_lifespan_passes():
    assert passes("", kind="lifespan")


def test_a_scope_of_unknown_type_gets_no_answer():
    assert ask("/v1/models", kind="webtransport") == []
