"""Services of models out of Kubernetes objects, with the rules against hijacking.

A namespace counts when the program labelled it; its label has the stack, which is the first part of each public name in it.
A Service whose own label names another stack is ignored, and so is one whose name an older Service has. The short name is
for the platform's stack. What is ignored is counted by reason.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.policy.discovery.kubernetes import labels
from gateway.policy.discovery.kubernetes.api import Json
from gateway.policy.services import Price, ResponseLogs, Service

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_KEY_SECRET = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}/[A-Za-z0-9._-]{1,253}", re.ASCII)
"""A Secret and a key in its data (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data)."""
MOST_USD = 10_000.0
"""Highest price of a million tokens, which the settings have too."""
REASONS = ("namespace", "stack", "name", "duplicate", "key", "price", "setting", "response_logs", "error")
_log = logging.getLogger(__name__)

SecretKey = tuple[str, str, str]
"""Namespace, Secret, key in its data."""


@dataclass(kw_only=True)
class Objects:
    """Objects of the API by namespace and name.

    Attributes:
        namespaces: Namespaces with the gateway's label.
        services: Services with the label of a model.
        slices: EndpointSlices.
        keys: Values of the Secrets that could be read.
    """

    namespaces: Mapping[tuple[str, str], Json]
    services: Mapping[tuple[str, str], Json]
    slices: Mapping[tuple[str, str], Json]
    keys: Mapping[SecretKey, str]


@dataclass(kw_only=True)
class Assembly:
    """What came out.

    Attributes:
        services: The services.
        ignored: How many Services were ignored, by reason.
        why: Reason, and namespace and name of the Service, of each of them.
        wanted: The keys of the engines.
    """

    services: list[Service] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    why: set[tuple[str, str]] = field(default_factory=set)
    wanted: set[SecretKey] = field(default_factory=set)

    def ignore(self, reason: str, place: tuple[str, str]) -> None:
        """Count what is ignored of the Service at `place`."""
        self.ignored[reason] += 1
        self.why.add((reason, "/".join(place)))


def assemble(objects: Objects, platform: str) -> Assembly:
    """The services of models; `platform` is the stack whose services have short names."""
    found = Assembly()
    slices: dict[tuple[str, str], list[Json]] = {}
    for (namespace, _), each in objects.slices.items():
        owner = (each["metadata"].get("labels") or {}).get(labels.SERVICE_NAME, "")
        slices.setdefault((namespace, owner), []).append(each)
    taken: set[str] = set()
    # The oldest first: a Service that comes later cannot take a name over.
    for place, service in sorted(objects.services.items(), key=_age):
        try:
            _add(service, place, slices.get(place, []), objects, found, platform, taken)
        except Exception as error:  # noqa: BLE001 - whoever writes one Service must not end the discovery of all
            _log.warning("Service %s/%s: %s", *place, type(error).__name__)
            found.ignore("error", place)
    return found


def _add(
    service: Json,
    place: tuple[str, str],
    slices: list[Json],
    objects: Objects,
    found: Assembly,
    platform: str,
    taken: set[str],
) -> None:
    metadata = service["metadata"]
    own, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    home = objects.namespaces.get(("", place[0]))
    if home is None:
        found.ignore("namespace", place)
        return
    stack, model = home["metadata"]["labels"].get(labels.STACK, ""), own.get(labels.MODEL, "")
    name = f"{stack}/{model}"
    if own.get(labels.STACK, stack) != stack:
        found.ignore("stack", place)
    elif not _NAME.fullmatch(stack) or not _NAME.fullmatch(model):
        found.ignore("name", place)
    elif name in taken:
        found.ignore("duplicate", place)
    else:
        taken.add(name)
        found.services.append(_service(name, place, own, notes, slices, objects, found, platform))


def ready_addresses(slices: Iterable[Json]) -> list[str]:
    """`ADDRESS:PORT` of the endpoints that are ready and do not end, in order."""
    found = set()
    for each in slices:
        if each.get("addressType") == "FQDN":
            continue  # Envoy takes addresses only
        ports = [port for port in each.get("ports") or [] if port.get("port") and port.get("protocol", "TCP") == "TCP"]
        port = next((port for port in ports if port.get("name") in {"http", "api"}), ports[0] if ports else None)
        if port is None:
            continue
        for endpoint in each.get("endpoints") or []:
            conditions = endpoint.get("conditions") or {}
            # A condition that is absent means ready: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
            if conditions.get("ready") is not False and not conditions.get("terminating"):
                found |= {f"{address}:{port['port']}" for address in (endpoint.get("addresses") or [])[:1]}
    return sorted(found)


def _service(
    name: str,
    place: tuple[str, str],
    own: Mapping[str, str],
    notes: Mapping[str, str],
    slices: list[Json],
    objects: Objects,
    found: Assembly,
    platform: str,
) -> Service:
    stack, _, model = name.partition("/")
    key: str | None = None
    secret = notes.get(labels.KEY_SECRET)
    if secret and not _KEY_SECRET.fullmatch(secret):
        key = ""  # it is part of a URL
        found.ignore("key", place)
    elif secret:
        where = (place[0], secret.partition("/")[0], secret.partition("/")[2])
        found.wanted.add(where)
        key = objects.keys.get(where, "")
    try:
        price = _price(notes)
    except ValueError:
        price = None
        found.ignore("price", place)  # the service itself is served, at no price
    return Service(
        name=name,
        short=model if stack == platform else None,
        team=own.get(labels.TEAM, ""),
        endpoints=tuple(ready_addresses(slices)),
        key=key,
        price=price,
        settings=_settings(notes, place, found),
        response_logs=_response_logs(notes, place, found),
    )


def _price(notes: Mapping[str, str]) -> Price | None:
    """The price in the annotations.

    Raises:
        ValueError: one of them is not a number from 0 to `MOST_USD`.
    """
    if labels.INPUT_PRICE not in notes and labels.OUTPUT_PRICE not in notes:
        return None
    prices = [float(notes.get(name, "0")) for name in (labels.INPUT_PRICE, labels.OUTPUT_PRICE)]
    # With more the cost of a request could be infinite, which nobody can add up.
    if not all(0 <= price <= MOST_USD for price in prices):
        raise ValueError(f"prices are numbers from 0 to {MOST_USD:g}")
    return Price(input_usd=prices[0], output_usd=prices[1])


def _response_logs(notes: Mapping[str, str], place: tuple[str, str], found: Assembly) -> ResponseLogs | None:
    """The consent in the annotation; one that cannot be read is none, and counted."""
    if labels.RESPONSE_LOGS not in notes:
        return None
    try:
        return ResponseLogs.of(json.loads(notes[labels.RESPONSE_LOGS]))
    except (ValueError, RecursionError):
        found.ignore("response_logs", place)
        return None


def _settings(notes: Mapping[str, str], place: tuple[str, str], found: Assembly) -> dict[str, float]:
    """The settings in the annotations; one that is unknown or no plain decimal number is counted, and the service is served."""
    settings = {}
    for name, value in notes.items():
        if name not in labels.SETTINGS and not name.startswith(labels.ALERT_PREFIX):
            continue
        if name in labels.SETTINGS and _NUMBER.fullmatch(value):
            settings[labels.SETTINGS[name]] = float(value)
        else:
            found.ignore("setting", place)
    return settings


def _age(item: tuple[tuple[str, str], Json]) -> tuple[str, tuple[str, str]]:
    return item[1]["metadata"].get("creationTimestamp") or "", item[0]
