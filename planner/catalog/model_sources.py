"""Where a model's ``config.json`` comes from: a path, the catalogue, a bucket, the Hugging Face Hub."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.catalog.models import known_model, nearest_models
from planner.model.architecture import ModelArchitecture
from planner.model.reading import UnreadableConfigError, read_architecture

HUB = "https://huggingface.co"
HUB_TIMEOUT_SECONDS = 4.0
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_S3 = re.compile(r"s3://([^/]+)/(.+)")


class SourceError(Exception):
    """No model could be read; the message says from where, why, and the fix."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that the planner knows or has read."""

    name: str
    """What to call it."""
    origin: str
    """Where its configuration came from."""
    shape: ModelArchitecture
    """Its dimensions."""


def find_model(reference: str) -> Model:
    """Find a model: a ``config.json`` or a folder with one, ``s3://BUCKET/PREFIX``, or a name on the Hub.

    The catalogue is asked before the Hub, so common models need no network.

    Raises:
        SourceError: it was not found, or is no language model's.
    """
    path = Path(reference)
    if path.exists():
        return _model(reference, f"{_config_path(path)}", _read_file(_config_path(path)))
    if reference.startswith("s3://"):
        return _model(reference, reference, _read_bucket(reference))
    entry = known_model(reference)
    if entry:
        return _model(reference, "the catalogue", entry.config)
    if not _HUB_NAME.fullmatch(reference):
        raise SourceError(f"{reference}: no such file or folder, and no name like meta-llama/Llama-3.1-8B-Instruct")
    return _model(reference, HUB, _read_hub(reference))


def _model(name: str, origin: str, config: Mapping[str, Any]) -> Model:
    try:
        return Model(name=name, origin=origin, shape=read_architecture(config))
    except UnreadableConfigError as error:
        raise SourceError(f"{name}: {error}") from None
    except (AttributeError, TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        raise SourceError(f"{name}: its config.json has a value of a wrong kind: {error!r}") from None


def _config_path(path: Path) -> Path:
    return path / "config.json" if path.is_dir() else path


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        return _parsed(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise SourceError(f"{path.parent} has no config.json: name the folder of a model, or the file itself") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None


def _parsed(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        config = json.loads(content)
    except ValueError as error:
        raise SourceError(f"{where} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise SourceError(f"{where} is not a JSON object: it should be a model's config.json")
    return config


def _read_bucket(reference: str) -> Mapping[str, Any]:
    found = _S3.fullmatch(reference)
    if not found:
        raise SourceError(f"{reference} names no object: write it like s3://BUCKET/weights/llama-3-8b")
    try:
        import boto3  # noqa: PLC0415  the planner runs without the AWS SDK
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above
    except ImportError:
        raise SourceError(f"{reference} needs boto3, which is not installed: pip install boto3, or copy it") from None
    bucket, key = found.groups()
    key = key if key.endswith(".json") else f"{key.rstrip('/')}/config.json"
    try:
        content = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise SourceError(f"s3://{bucket}/{key} cannot be read: {error}") from None
    return _parsed(content, f"s3://{bucket}/{key}")


def _read_hub(name: str) -> Mapping[str, Any]:
    base = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    request = urllib.request.Request(f"{base}/{name}/resolve/main/config.json")  # noqa: S310  the scheme is the user's
    token = os.environ.get("HF_TOKEN")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=HUB_TIMEOUT_SECONDS) as answer:  # noqa: S310  as above
            return _parsed(answer.read(), f"{base}/{name}")
    except urllib.error.HTTPError as error:
        fix = "accept its licence and set HF_TOKEN" if error.code in {401, 403} else "check the name"
        raise SourceError(f"{name} is not in the catalogue, and the Hub answers {error.code}: {fix}") from None
    except (OSError, ValueError) as error:
        near = nearest_models(name)
        hint = f"; the catalogue has {', '.join(near)}" if near else ""
        reason = getattr(error, "reason", error)
        raise SourceError(
            f"{name} is not in the catalogue, and the Hub cannot be reached ({reason}): "
            f"give the path of its config.json{hint}"
        ) from None
