"""Resource graphs as plain data, so that a recorded one and a new one can be compared."""

import json
import re
from collections.abc import Iterator
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
STACK = "pulumi:pulumi:Stack"


def short(urn: str) -> str:
    """``type::name`` of a URN."""
    _, _, chain, name = urn.split("::", 3)
    return f"{chain.rpartition('$')[2]}::{name}"


def of_export(exported: dict[str, Any]) -> dict[str, Any]:
    """The graph of ``pulumi stack export --show-secrets``."""
    resources = exported["deployment"]["resources"]
    names = {resource["urn"]: f"${{urn {short(resource['urn'])}}}" for resource in resources}
    names |= {resource["id"]: f"${{{short(resource['urn'])}}}" for resource in resources if resource.get("id")}
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    rows: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for resource in resources:
        if resource["type"] == STACK:
            outputs = _named(resource.get("outputs", {}), pattern, names)
            continue
        parent = resource.get("parent", "")
        row = {
            "parent": None if not parent or f"::{STACK}::" in parent else short(parent),
            "inputs": masked(_named(resource.get("inputs", {}), pattern, names), resource["type"]),
        }
        if resource.get("provider"):
            row["provider"] = short(resource["provider"].rpartition("::")[0])
        if not resource.get("custom"):
            row["outputs"] = sorted(resource.get("outputs", {}))
        rows[short(resource["urn"])] = row
    return {"resources": rows, "outputs": masked(outputs, "")}


def masked(value: Any, token: str) -> Any:
    """Without what belongs to the recording and not to the component."""
    if isinstance(value, dict):
        return {key: _mask(key, each, token) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each, token) for each in value]
    return value


def _mask(key: str, value: Any, token: str) -> Any:
    if key == "version" and token.startswith("pulumi:providers:"):
        return "*"
    if key == "launchTemplate" and isinstance(value, dict):
        return {**value, "version": "*"}
    if key.startswith("kubeconfig") and isinstance(value, str):
        # How one signs in is the documented difference; where the cluster answers is the recording's.
        config = json.loads(value)
        config["users"][0]["user"] = "*"
        config["clusters"][0]["cluster"]["server"] = "*"
        return config
    return masked(value, token)


def _named(value: Any, pattern: re.Pattern[str], names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda match: names[match.group()], value)
    if isinstance(value, list):
        return [_named(each, pattern, names) for each in value]
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return _named(json.loads(value["plaintext"]), pattern, names)
        return {key: _named(each, pattern, names) for key, each in value.items()}
    return value


def differences(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """What differs, one line each: resources missing and extra, then each differing path."""
    lines = [f"missing: {key}" for key in sorted(expected["resources"].keys() - actual["resources"].keys())]
    lines += [f"extra:   {key}" for key in sorted(actual["resources"].keys() - expected["resources"].keys())]
    for key in sorted(expected["resources"].keys() & actual["resources"].keys()):
        lines += [f"{key}: {line}" for line in _paths(expected["resources"][key], actual["resources"][key])]
    return lines + [f"stack outputs: {line}" for line in _paths(expected["outputs"], actual["outputs"])]


def _paths(expected: Any, actual: Any, at: str = "") -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            path = f"{at}.{key}" if at else key
            if key not in actual:
                yield f"{path} is missing, expected {expected[key]!r}"
            elif key not in expected:
                yield f"{path} is {actual[key]!r}, expected nothing"
            else:
                yield from _paths(expected[key], actual[key], path)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from _paths(left, right, f"{at}[{index}]")
    elif expected != actual:
        yield f"{at} is {actual!r}, expected {expected!r}"
