"""Encryption of a stack's secrets: the keys of its stack file that hold the salt or the wrapped data key."""

import json
from collections.abc import Mapping
from typing import Any

KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""Top-level keys of ``Pulumi.STACK.yaml``."""


def in_stack_file(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the encryption keys of a stack file."""
    return {key: document[key] for key in KEYS if key in document}


def in_state(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same keys as a deployment has them: what a lost stack file is rebuilt with. Empty where it has none."""
    provider = deployment.get("secrets_providers") or {}
    state = provider.get("state") or {}
    if isinstance(state, str):
        state = json.loads(state)
    if provider.get("type") == "passphrase":
        return {"encryptionsalt": state["salt"]}
    if provider.get("type") == "cloud":
        return {"secretsprovider": state["url"], "encryptedkey": state["encryptedkey"]}
    return {}
