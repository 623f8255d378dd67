"""A very small registry.ollama.ai on loopback: the models of the planner's table, with blobs of a few bytes."""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from planner.ollama import OllamaModel, known_ollama_model, ollama_models

_PATH = re.compile(r"/v2/library/(?P<model>[\w.-]+)/(?P<kind>manifests|blobs)/(?P<reference>[\w.:-]+)", re.ASCII)
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.ollama.image"


def start(address: str) -> str:
    """Serve in the background; returns the URL for ``REGISTRY_ENDPOINT``."""
    server = ThreadingHTTPServer((address, 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{address}:{server.server_address[1]}"


def manifest(model: OllamaModel) -> tuple[bytes, dict[str, bytes]]:
    """A model's manifest, and its blobs by digest."""
    config = {
        "model_format": "gguf",
        "model_family": model.family,
        "model_families": [model.family],
        "model_type": model.parameter_size,
        "file_type": model.quantization,
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    layers = {
        f"{_LAYER}.model": f"GGUF: no weights of {model.name}, this is the rehearsal's registry\n",
        f"{_LAYER}.template": "{{ .System }}\n{{ .Prompt }}\n",
        f"{_LAYER}.license": f"The license of {model.name} is on its page of the library.\n",
        f"{_LAYER}.params": json.dumps({"stop": ["<|eot_id|>"]}),
    }
    blobs: dict[str, bytes] = {}

    def part(media: str, text: str) -> dict[str, object]:
        data = text.encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        blobs[digest] = data
        return {"mediaType": media, "digest": digest, "size": len(data)}

    document = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": part(_CONFIG, json.dumps(config)),
        "layers": [part(media, text) for media, text in layers.items()],
    }
    return json.dumps(document).encode(), blobs


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = _PATH.fullmatch(self.path)
        content = _find(found["model"], found["kind"], found["reference"]) if found else None
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Type", _MANIFEST if found and found["kind"] == "manifests" else "application/json")
        body = content if content is not None else b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Stay silent: the container's log is its program's."""


def _find(model: str, kind: str, reference: str) -> bytes | None:
    if kind == "manifests":
        known = known_ollama_model(f"{model}:{reference}")
        return manifest(known)[0] if known else None
    for known in _models(model):
        if content := manifest(known)[1].get(reference):
            return content
    return None


def _models(model: str) -> list[OllamaModel]:
    return [known for name, known in ollama_models().items() if name.partition(":")[0] == model]
