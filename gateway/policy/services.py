"""Model services that the gateway knows, by the names that clients send."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_LOGGED_BYTES = 131_072
"""Longest text of a prompt or an answer in a response log: two of them fit a record of Firehose, 1,000 KiB
(https://docs.aws.amazon.com/firehose/latest/dev/limits.html), when each of their characters is escaped."""
_MOST_TEXTS = 100  # the settings allow 50 tenants and 20 patterns


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens, which is millionths of a dollar per token."""

    input_usd: float
    output_usd: float

    def microusd(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Cost of these tokens in millionths of a US dollar."""
        return prompt_tokens * self.input_usd + completion_tokens * self.output_usd


@dataclass(frozen=True, kw_only=True)
class ResponseLogs:
    """Consent of a service to response logs, and what is logged.

    Attributes:
        consent: Who agreed, and where that is written.
        tenants: Tenants whose responses are logged, if they agree too.
        sample: Part of the requests, from 0 to 1.
        max_bytes: Longest text that is kept of a prompt, and of an answer.
        redact: Patterns in RE2's syntax; what they match is removed.
    """

    consent: str
    tenants: frozenset[str]
    sample: float
    max_bytes: int
    redact: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Any) -> "ResponseLogs":
        """Read it from plain data.

        Raises:
            ValueError: something is missing or wrong, so that there is no consent.
        """
        try:
            found = cls(
                consent=document["consent"],
                tenants=frozenset(document["tenants"]),
                sample=float(document["sample"]),
                max_bytes=int(document["max_bytes"]),
                redact=tuple(document["redact"]),
            )
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"no response logs: {type(error).__name__} at {error}") from None
        texts = (found.consent, *found.tenants, *found.redact)
        if not all(isinstance(each, str) and each for each in texts) or not found.tenants:
            raise ValueError("consent, tenants and patterns are texts, not empty")
        if len(texts) > _MOST_TEXTS:
            raise ValueError(f"tenants and patterns are {_MOST_TEXTS - 1} at most")
        if found.redact:
            from gateway.policy.patterns import compiled  # noqa: PLC0415  an extension that few need

            compiled(found.redact)
        if not 0 <= found.sample <= 1 or not 0 < found.max_bytes <= MOST_LOGGED_BYTES:
            raise ValueError(f"sample is from 0 to 1, max_bytes from 1 to {MOST_LOGGED_BYTES}")
        return found


@dataclass(frozen=True, kw_only=True)
class Service:
    """One model service.

    Attributes:
        name: Public name, `STACK/SERVICE`; also the name of its cluster in Envoy.
        short: Name without the stack, for services of the platform's stack only.
        team: Team that owns it; empty for the platform.
        endpoints: `ADDRESS:PORT` of the replicas that are ready.
        key: API key of its engines; None: they have none. Empty where it is not known: then no request goes there.
        wakes: Whether a replica may start while a request waits.
        price: Its price; None: usage costs nothing.
        settings: Numbers that rules of Prometheus compare it with, by name.
        response_logs: Its consent to response logs; None: none is written.
    """

    name: str
    short: str | None = None
    team: str = ""
    endpoints: tuple[str, ...] = ()
    key: str | None = field(default=None, repr=False)
    wakes: bool = True
    price: Price | None = None
    settings: Mapping[str, float] = field(default_factory=dict, hash=False)
    response_logs: ResponseLogs | None = None

    @property
    def stack(self) -> str:
        """The stack it belongs to."""
        return self.name.partition("/")[0]


class Catalog:
    """The services as the discovery last saw them, and how many gateway pods are ready."""

    def __init__(self) -> None:
        self.services: tuple[Service, ...] = ()
        self.gateways = 1
        self.complete = False
        """Whether a discovery has finished once: before, an unknown model may only be not found yet."""
        self._names: dict[str, Service] = {}
        self._changed = asyncio.Event()

    def replace(self, services: Iterable[Service], gateways: int) -> None:
        """Take what a discovery found; of two services with one name the first counts."""
        self.services = tuple(services)
        self.gateways = max(1, gateways)
        self.complete = True
        names: dict[str, Service] = {}
        for service in self.services:
            names.setdefault(service.name, service)
        for service in self.services:
            if service.short:
                names.setdefault(service.short, service)
        self._names = names
        self._changed.set()
        self._changed = asyncio.Event()

    def find(self, name: str) -> Service | None:
        """The service with that public or short name."""
        return self._names.get(name)

    def change(self) -> asyncio.Event:
        """An event that the next replacement sets."""
        return self._changed
