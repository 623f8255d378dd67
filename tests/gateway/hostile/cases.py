"""Hostile requests as data: each must be refused with a 4xx, reach no engine, and say nothing secret.

The bytes go to the gateway as they are; `{key}` is a valid key of the tenant ``acme``, who may use ``dev/qwen`` (``qwen``)
alone. ``dev/secret`` is a model of the tenant ``other``.
"""

from dataclasses import dataclass

BODY = '{"model":"qwen","messages":[{"role":"user","content":"x"}],"max_tokens":4}'
SECRET = BODY.replace('"qwen"', '"dev/secret"')
CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Hostile:
    """One request and the statuses that refuse it."""

    name: str
    data: bytes
    statuses: tuple[int, ...]


def post(path: str = CHAT, body: str | bytes = BODY, *, headers: str = "", auth: str = "Bearer {key}") -> bytes:
    """A POST that is in order but for what is given; headers are whole lines."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: gateway",
        *([f"Authorization: {auth}"] if auth else []),
        *([] if "content-type" in headers.lower() else ["Content-Type: application/json"]),
        *(line for line in headers.split("\n") if line),
        f"Content-Length: {len(raw)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw


def raw(text: str) -> bytes:
    """A whole request, line by line."""
    return text.replace("\n", "\r\n").encode("latin-1")


_PATHS = (
    "/V1/chat/completions", "/v1/Chat/completions", "//v1/chat/completions", "/v1//chat/completions",
    "/v1/chat/completions/", "/v1/./chat/completions", "/v1/x/../chat/completions", "/v1/%63hat/completions",
    "/v1%2fchat/completions", "/v1/chat%2Fcompletions", "/v1/chat/completions%00", "/v1/chat/completions;x=1",
    "/v1\\chat\\completions", "/v1/chat/completions%20", "/v1/chat/completions%0d%0ax-llm-cluster:%20dev/secret",
    "/../v1/chat/completions", "/%2e%2e/v1/chat/completions", "/v1/chat/completions/..%2f..%2finvocations",
    "/invocations", "/v1/../invocations", "/v1/chat/completions/../../../metrics", "/metrics", "/stats/prometheus",
    "/tokenize", "/load", "/ping", "/health", "/docs", "/openapi.json", "/v1/files", "/v1/responses/resp_1",
    "/v1/responses/resp_1/cancel", "/v1/load_lora_adapter", "/drain", "/quitquitquit", "/sleep",
    "/v1/models/qwen", "http://gateway/invocations",
)  # fmt: skip
PATHS = [
    *(Hostile(f"path {path}", post(path), (400, 404, 405)) for path in _PATHS),
    Hostile("path with NUL", post("/v1/chat/completions\0"), (400,)),
    Hostile("path with a space", post("/v1/chat/completions x"), (400,)),
    Hostile("CONNECT", raw("CONNECT 127.0.0.1:9901 HTTP/1.1\nHost: 127.0.0.1:9901\n\n"), (404, 405)),
    Hostile("TRACE", raw(f"TRACE {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\n\n"), (405,)),
    Hostile("GET of chat", raw(f"GET {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\n\n"), (405,)),
    Hostile("OPTIONS *", raw("OPTIONS * HTTP/1.1\nHost: x\nAuthorization: Bearer {key}\n\n"), (404,)),
]
"""Paths and methods, with a valid key and body."""

_SECRET_HEADERS = (
    "x-llm-cluster: dev/secret", "X-LLM-CLUSTER: dev/secret", "x-llm-cluster: dev/secret\nx-llm-cluster: dev/secret",
    "x-llm-authorization: Bearer engine-key", "x-envoy-original-path: /invocations", "x-original-url: /invocations",
    "x-rewrite-url: /invocations", "x-http-method-override: GET", "x-envoy-upstream-rq-timeout-ms: 1",
    "x-envoy-retry-on: 5xx", "x-envoy-decorator-operation: x", "x-forwarded-for: 127.0.0.1\nx-envoy-internal: true",
    "x-forwarded-host: dev/secret", "x-forwarded-client-cert: By=x", "x-amzn-oidc-identity: other",
    "x-request-id: dev/secret", "openai-organization: other",
    "X-Tenant: other", "content-type: application/json\nx-llm-model: dev/secret",
)  # fmt: skip
_MALFORMED_HEADERS = (
    "x_llm_cluster: dev/secret", "x-llm-cluster : dev/secret", " x-llm-cluster: dev/secret", "x-a: b\0c",
    "x-a\0: b", ": x", "x llm: y", "Content-Length: 1", "Content-Length: -5", "Content-Length: 0x10",
)  # fmt: skip
HEADERS = [
    *(Hostile(f"header {text}", post(body=SECRET, headers=text), (404,)) for text in _SECRET_HEADERS),
    *(Hostile(f"malformed header {text!r}", post(headers=text), (400,)) for text in _MALFORMED_HEADERS),
    Hostile("header of 40 KiB", post(headers="x-a: " + "a" * 40_960), (431,)),
    Hostile("150 headers", post(headers="\n".join(f"x-{n}: a" for n in range(150))), (431,)),
    Hostile("no host", raw(f"POST {CHAT} HTTP/1.1\nContent-Length: 0\n\n"), (400,)),
    Hostile("HTTP/1.0 without a host", raw(f"POST {CHAT} HTTP/1.0\nContent-Length: 0\n\n"), (400, 426)),
    Hostile("HTTP/0.9", b"GET /v1/models\r\n\r\n", (400, 426)),
    Hostile("credentials named by Connection", post(headers="Connection: authorization, x-llm-cluster"), (401,)),
    Hostile("upgrade to websocket", post(auth="", headers="Upgrade: websocket\nConnection: upgrade"), (400, 401, 403)),
    Hostile("upgrade to h2c", post(auth="", headers="Upgrade: h2c\nHTTP2-Settings: AAMAAABk"), (400, 401, 403)),
]
"""Headers: those that name another model or its key, in requests for a model that the caller may not use."""

_CREDENTIALS = (
    "", "Bearer", "Bearer ", "Bearer x", "Basic c2stbGxtOng=", "bearer{key}", "Bearer {key}x", "Bearer {key},{key}",
    "Bearer {key} {key}", "Bearer\t{key}", "Token {key}", "{key}", "Bearer sk-llm-", "Bearer engine-key", "Bearer null",
    "Bearer {digest}", "Bearer {prefix}", "Bearer {upper}", "Bearer {expired}", "Bearer {revoked}", "Bearer ' OR 1=1 --",
    "Bearer KEY#{digest}", "Bearer {key}\nAuthorization: Bearer x", "Bearer x\nAuthorization: Bearer {key}",
    "Bearer x\napi-key: {key}", "Bearer x\nx-api-key: {key}", "Bearer x\nProxy-Authorization: Bearer {key}",
    "Bearer x\nCookie: Authorization=Bearer {key}",
)  # fmt: skip
CREDENTIALS = [
    *(Hostile(f"credential {text!r}", post(auth=text.replace("\n", "\r\n")), (401,)) for text in _CREDENTIALS),
    Hostile("key in the query", post(f"{CHAT}?api_key={{key}}&key={{key}}", auth=""), (401,)),
    Hostile("key of a tenant that is gone", post(auth="Bearer {orphan}"), (401, 403)),
    Hostile("models without a key", raw("GET /v1/models HTTP/1.1\nHost: x\n\n"), (401,)),
]
"""Keys that are none, or no longer."""

_MODELS = (
    '"dev/secret"', '"secret"', '"DEV/QWEN"', '" qwen"', '"qwen "', '"qwen\\u0000"', '"dev//qwen"', '"dev/qwen/"', '"../qwen"',
    '"dev/qwen\\ndev/secret"', '"*"', '""', "null", "1", "true", '["qwen"]', '{"a":"qwen"}', '"' + "q" * 20_000 + '"',
    '"policy"', '"issuer"', '"qwen","model":"dev/secret"', '"qwen","mod\\u0065l":"dev/secret"', '"\\ud800"',
)  # fmt: skip
_BODIES = (
    "", "{", "[]", '"qwen"', "null", '{"messages":[]}', BODY + SECRET, "\ufeff" + SECRET, "/**/" + SECRET, "[" * 50_000,
    '{"a":' * 20_000, "{'model':'qwen'}", "model=qwen", BODY[:-1], SECRET + "\0" + BODY,
)  # fmt: skip
_BINARY = (
    SECRET.encode("utf-16"),
    BODY.encode("utf-16-le"),
    BODY.encode("utf-32-be"),
    b'{"model":"\xff\xfe"}',
    b"\x1f\x8b\x08" + b"\0" * 40,
    b"\0" * 100,
)
_TYPES = (
    "text/plain",
    "application/json-patch",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "",
)
_LONG = (
    f'"n":"{" " * 9000}1000"',
    f'"max_tokens":"{"0" * 9000}4"',
    f'"max_tokens":4,"\\u006e":"{chr(0x2003) * 9000}9"',
)
BODIES = [
    *(Hostile(f"model {text[:40]}", post(body=BODY.replace('"qwen"', text)), (400, 404)) for text in _MODELS),
    *(Hostile(f"body {number}: {text[:30]!r}", post(body=text), (400, 404)) for number, text in enumerate(_BODIES)),
    *(Hostile(f"bytes {data[:8]!r}", post(body=data), (400, 404)) for data in _BINARY),
    *(Hostile(f"type {kind!r}", post(headers=f"Content-Type: {kind}"), (400,)) for kind in _TYPES),
    *(Hostile(f"long number {text[:20]}", post(body=BODY.replace('"max_tokens":4', text)), (400,)) for text in _LONG),
    Hostile("compressed", post(body=b"\x1f\x8b" + b"x" * 50, headers="Content-Encoding: gzip"), (400,)),
    Hostile("too long", post(body="x" * (3 << 20)), (413,)),
    Hostile("too long, announced only", raw(f"POST {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\n"
            "Content-Type: application/json\nContent-Length: 99999999999\n\n{"), (413,)),
    Hostile("too long in chunks", raw(f"POST {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\n"
            "Content-Type: application/json\nTransfer-Encoding: chunked\n\n200000\n") + b"x" * 0x200000, (413,)),
]  # fmt: skip
"""Bodies whose model is another one's, none, or that are no JSON."""

_AMOUNTS = (
    '"max_tokens":-1', '"max_tokens":0', '"max_tokens":"4x"', '"max_tokens":1e30', '"max_tokens":99999999999999999999',
    '"max_completion_tokens":-9223372036854775808', '"n":-1', '"n":0', '"n":1000000000', '"n":"two"', '"max_tokens":1.5',
    '"max_tokens":4,"max_completion_tokens":100000000', '"max_tokens":4,"max_tokens":-4', '"max_tokens":[4]',
)  # fmt: skip
AMOUNTS = [
    Hostile(f"amount {text}", post(body=BODY.replace('"max_tokens":4', text)), (400, 422, 429)) for text in _AMOUNTS
] + [Hostile("another body behind a NUL", post(body=BODY + "\0" + SECRET), (400,))]
"""Numbers that no engine takes, and a body that Envoy reads up to its end: these may reach an engine, and are refused there at the
latest."""
