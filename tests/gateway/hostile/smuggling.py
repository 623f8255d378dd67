"""Requests that hide a second one from one of two servers. One answer, a refusal, and the connection is closed."""

from tests.gateway.hostile.cases import BODY, CHAT, SECRET, Hostile, raw

_HEAD = f"POST {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\nContent-Type: application/json\n"
_HIDDEN = (
    f"POST {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\nContent-Type: application/json\n"
    f"Content-Length: {len(SECRET)}\n\n{SECRET}"
)
_CHUNKED = f"{len(BODY):x}\n{BODY}\n0\n\n"


def _case(name: str, headers: str, body: str, *statuses: int) -> Hostile:
    return Hostile(name, raw(f"{_HEAD}{headers}\n\n{body}"), statuses or (400,))


SMUGGLING = [
    _case("CL.TE", f"Content-Length: {len(_CHUNKED)}\nTransfer-Encoding: chunked", f"0\n\n{_HIDDEN}"),
    _case("TE.CL", "Transfer-Encoding: chunked\nContent-Length: 4", f"{_CHUNKED}{_HIDDEN}"),
    _case("two lengths", f"Content-Length: 4\nContent-Length: {len(BODY)}", BODY + _HIDDEN),
    _case("list of lengths", f"Content-Length: 4, {len(BODY)}", BODY + _HIDDEN),
    _case("signed length", f"Content-Length: +{len(BODY)}", BODY),
    _case("length with a letter", "Content-Length: 4a", BODY),
    _case("xchunked", "Transfer-Encoding: xchunked", _CHUNKED, 400, 501),
    _case("chunked, identity", "Transfer-Encoding: chunked, identity", _CHUNKED, 400, 501),
    _case("identity, chunked", "Transfer-Encoding: identity, chunked", _CHUNKED, 400, 501),
    _case("two encodings", "Transfer-Encoding: chunked\nTransfer-Encoding: identity", _CHUNKED, 400, 501),
    _case("encoding with a tab", "Transfer-Encoding:\tchunked\nContent-Length: 4", _CHUNKED + _HIDDEN),
    _case("encoding before the colon", "Transfer-Encoding : chunked", _CHUNKED),
    _case("folded encoding", "Transfer-Encoding:\n chunked\nContent-Length: 4", _CHUNKED),
    _case("encoding by underscore", "Transfer_Encoding: chunked\nContent-Length: 4", _CHUNKED),
    _case("negative chunk", "Transfer-Encoding: chunked", f"-1\n{BODY}\n0\n\n"),
    _case("chunk that overflows", "Transfer-Encoding: chunked", f"1{'0' * 16}\n{BODY}\n0\n\n"),
    _case("chunk in 0x", "Transfer-Encoding: chunked", f"0x4\n{BODY}\n0\n\n"),
    _case("chunk longer than said", "Transfer-Encoding: chunked", f"4\n{BODY}\n0\n\n{_HIDDEN}"),
    Hostile("bare line feeds", f"{_HEAD}Content-Length: 4\n\n{BODY}{_HIDDEN}".encode(), (400,)),
    Hostile("bare carriage return", raw(_HEAD).replace(b"Host: x\r\n", b"Host: x\rx-llm-cluster: dev/secret\r\n") + b"\r\n", (400,)),
]  # fmt: skip
