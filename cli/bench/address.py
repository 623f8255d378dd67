"""Where a benchmark's requests go: an address that is given, the stack's gateway, or the service's own endpoint."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import aiohttp

from benchmark.record import SentTo
from cli.bench.stack import Outputs
from cli.console import KEY_VARIABLE, UsageError
from load import Target
from planner.shown import one_line, shortened
from settings.derived.gateway.names import URL_OUTPUT

_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line names."""

    service: str
    """Name of the service."""
    url: str = ""
    key: str = ""
    model: str = ""
    names: tuple[str, ...] = ()
    """Names that the service can have as ``model``, the preferred one first."""


def target(wanted: Wanted, outputs: Callable[[], Outputs] | None) -> tuple[Target, SentTo]:
    """The address, with key and model, and what it is.

    Args:
        wanted: What the command line names.
        outputs: Reads the outputs of the service's stack and of its platform; None without a stack.

    Raises:
        UsageError: there is no address, no key, or no such model at it.
    """
    url, key, sent_to = wanted.url, wanted.key, SentTo.URL
    if not url:
        if outputs is None:
            raise UsageError("nothing to measure: give --stack, or --url with the address of an OpenAI-compatible API")
        found = outputs()
        gateway, own = found.gateway_url, found.own.get(f"{wanted.service}_url")
        if gateway and not key:
            raise UsageError(
                f"the gateway at {gateway} needs a tenant's key: give it by {KEY_VARIABLE} or --key "
                "(`llm-platform keys create TENANT NAME` makes one)"
            )
        url, sent_to = str(gateway or own or ""), SentTo.GATEWAY if gateway else SentTo.ENDPOINT
        if not url:
            raise UsageError(
                f"the stack exports neither {URL_OUTPUT} nor {wanted.service}_url: deploy it first, or give --url"
            )
        key = key or ("" if gateway else str(found.own.get(f"{wanted.service}_api_key") or ""))
    base = _base(url)
    return Target(url=base, key=key, model=wanted.model or _model(base, key, wanted)), sent_to


def _base(url: str) -> str:
    """The address without ``/v1``, which the load adds itself."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--url {url}: write an address such as https://HOST or https://HOST/v1")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _model(url: str, key: str, wanted: Wanted) -> str:
    """The name of the service in the list of the address."""
    listed = _listed(url, key)
    for name in (*wanted.names, wanted.service):
        if name in listed and not _of_another(name, listed, wanted):
            return name
    shown = ", ".join(one_line(shortened(one)) for one in listed[:10]) or "none"
    raise UsageError(f"--service {wanted.service}: {url} serves no model of that name; it lists {shown}: give --model")


def _of_another(name: str, listed: list[str], wanted: Wanted) -> bool:
    """Whether a gateway lists ``name`` as the short one of another stack's service, beside its public name STACK/SERVICE."""
    return any(one.endswith(f"/{name}") and one not in wanted.names for one in listed) if wanted.names else False


def _listed(url: str, key: str) -> list[str]:
    async def get() -> list[str]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.get(f"{url}/v1/models", headers=headers, allow_redirects=False) as response,
        ):
            if place := response.headers.get("Location"):
                there = urljoin(f"{url}/v1/models", place).removesuffix("/models")
                raise UsageError(f"{url} redirects to {there}: give that address, since requests are not sent on")
            if response.status != 200:
                hint = f": check the key ({KEY_VARIABLE} or --key)" if response.status in {401, 403} else ""
                raise UsageError(f"{url}/v1/models answers {response.status}{hint}")
            return [str(one["id"]) for one in (await response.json(content_type=None))["data"]]

    try:
        return asyncio.run(get())
    except aiohttp.ClientConnectorCertificateError as error:
        raise UsageError(
            f"{url} has a certificate that is not trusted ({error.certificate_error}): name the file of its CA in SSL_CERT_FILE"
        ) from None
    except (aiohttp.ClientError, OSError) as error:
        hint = "; the gateway is inside the network by default: run this there, such as on a host or pod of the VPC"
        raise UsageError(f"{url} does not answer ({type(error).__name__}: {error}){hint}") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(f"{url}/v1/models does not answer as the OpenAI API does: check the address") from None
