"""Contents of Secrets and ConfigMaps, and checksums of them."""

import base64
import hashlib
from pathlib import Path


def encode(text: str) -> str:
    """Text as a Secret's ``data`` holds it."""
    return base64.b64encode(text.encode()).decode()


def decode(data: str) -> str:
    """Text out of a Secret's ``data``."""
    return base64.b64decode(data).decode()


def checksum(*parts: str) -> str:
    """SHA-256 of a pod's configuration, for an annotation: the pod rolls when it changes."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def source(path: Path) -> str:
    """A Python file of this project, as a ConfigMap carries it into a container."""
    return path.read_text(encoding="utf-8")
