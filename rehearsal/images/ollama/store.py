"""OLLAMA_MODELS on disk: manifests and blobs, read as Ollama reads them."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REGISTRY = "registry.ollama.ai"
_NAME = re.compile(
    r"(?:(?:(?P<host>[\w.:-]+)/)?(?P<namespace>[\w.-]+)/)?(?P<model>[\w.-]+)(?::(?P<tag>[\w.-]+))?", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class Name:
    """A model's full name, with Ollama's defaults filled in."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> "Name | None":
        """Read ``[HOST/][NAMESPACE/]MODEL[:TAG]``; None if it is not a name."""
        found = _NAME.fullmatch(text)
        if not found:
            return None
        return cls(
            host=found["host"] or REGISTRY,
            namespace=found["namespace"] or "library",
            model=found["model"],
            tag=found["tag"] or "latest",
        )

    @property
    def path(self) -> str:
        """Path of its manifest below OLLAMA_MODELS."""
        return f"manifests/{self.host}/{self.namespace}/{self.model}/{self.tag}"

    @property
    def short(self) -> str:
        """The name as Ollama displays it."""
        namespace = "" if self.namespace == "library" and self.host == REGISTRY else f"{self.namespace}/"
        return f"{'' if self.host == REGISTRY else self.host + '/'}{namespace}{self.model}:{self.tag}"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model that is complete on disk."""

    name: Name
    digest: str
    size: int
    modified: datetime
    config: dict[str, Any]

    @property
    def details(self) -> dict[str, Any]:
        """``details`` of /api/tags, /api/show and /api/ps."""
        return {
            "parent_model": "",
            "format": self.config.get("model_format", "gguf"),
            "family": self.config.get("model_family", ""),
            "families": self.config.get("model_families"),
            "parameter_size": self.config.get("model_type", ""),
            "quantization_level": self.config.get("file_type", ""),
        }


class Store:
    """The models below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def models(self) -> list[Model]:
        """Every model, the newest first."""
        found = []
        for file in (self.root / "manifests").glob("*/*/*/*"):
            host, namespace, model, tag = file.parts[-4:]
            if read := self.get(Name(host=host, namespace=namespace, model=model, tag=tag)):
                found.append(read)
        return sorted(found, key=lambda model: model.modified, reverse=True)

    def get(self, name: Name | None) -> Model | None:
        """One model; None if its manifest or a blob is missing."""
        file = self.root / name.path if name else None
        if name is None or file is None or not file.is_file():
            return None
        raw = file.read_bytes()
        manifest = json.loads(raw)
        parts = [manifest["config"], *manifest["layers"]]
        if not all(self.blob(part["digest"]).is_file() for part in parts):
            return None
        return Model(
            name=name,
            digest=hashlib.sha256(raw).hexdigest(),
            size=sum(int(part["size"]) for part in parts),
            modified=datetime.fromtimestamp(file.stat().st_mtime, UTC),
            config=json.loads(self.blob(manifest["config"]["digest"]).read_bytes()),
        )

    def layer(self, model: Model, kind: str) -> str:
        """The text of a layer, such as ``template`` or ``params``; empty if the model has none."""
        manifest = json.loads((self.root / model.name.path).read_bytes())
        for part in manifest["layers"]:
            if part["mediaType"] == f"application/vnd.ollama.image.{kind}":
                return self.blob(part["digest"]).read_text(errors="replace")
        return ""

    def blob(self, digest: str) -> Path:
        """Path of a blob."""
        return self.root / "blobs" / digest.replace(":", "-")
