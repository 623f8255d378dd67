"""A very small Hugging Face Hub on loopback, for the containers that copy models: a few files of a few bytes."""

import hashlib
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from settings.models.services.vllm import GATED_MODELS

_SHARDS = 2
_REVISION = re.compile(r"/api/models/(?P<model>[^/]+/[^/]+)/revision/(?P<revision>[^/?]+)")
_FILE = re.compile(r"/(?P<model>[^/]+/[^/]+)/resolve/[^/]+/(?P<name>.+)")


def files(model: str) -> dict[str, bytes]:
    """The files of every model: they say what they are."""
    said = f"The rehearsal's placeholder of {model}; no weights.\n"
    shards = {f"model-{n:05}-of-{_SHARDS:05}.safetensors": f"{said}{n}\n".encode() for n in range(1, _SHARDS + 1)}
    config = json.dumps({"_name_or_path": model, "rehearsal": said}).encode()
    return {"config.json": config, "tokenizer.json": b"{}", "tokenizer_config.json": b"{}", **shards}


def start(address: str) -> str:
    """Serve in the background; returns the URL for ``HF_ENDPOINT``."""
    server = ThreadingHTTPServer((address, 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{address}:{server.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urllib.parse.unquote(self.path.partition("?")[0])
        found = _REVISION.fullmatch(path) or _FILE.fullmatch(path)
        if not found:
            self._answer(404, b'{"error": "Not Found"}')
        elif found["model"].startswith(GATED_MODELS) and not self.headers.get("Authorization"):
            self._answer(401, b'{"error": "Access to this model is restricted. You must be authenticated."}')
        elif "revision" in found.groupdict():
            self._answer(200, json.dumps(_description(found["model"], found["revision"])).encode())
        else:
            content = files(found["model"]).get(found["name"])
            self._answer(404 if content is None else 200, content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Stay silent: the container's log is its program's."""

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _description(model: str, revision: str) -> dict[str, object]:
    """What ``/api/models/MODEL/revision/REVISION?blobs=true`` answers."""
    siblings = []
    for name, content in files(model).items():
        large = {"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}}
        entry = {"rfilename": name, "size": len(content)}
        siblings.append(entry | (large if name.endswith(".safetensors") else {}))
    commit = hashlib.sha1(f"{model}@{revision}".encode(), usedforsecurity=False).hexdigest()
    gated = "auto" if model.startswith(GATED_MODELS) else False
    return {"id": model, "sha": commit, "gated": gated, "siblings": siblings}
