"""Who sends a request: the tenant of an API key, or of a JSON Web Token that Envoy has verified."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from gateway.config import Oidc
from gateway.envoy.contract import CLAIMS_KEY, CLAIMS_NAMESPACE
from gateway.policy.answers import RefusalError
from gateway.policy.cache import UnavailableError
from gateway.store.keys import ApiKey, digest_of
from gateway.store.tenants import Tenant

_BEARER = re.compile(r"[Bb]earer +(\S+)")
_KEY = re.compile(r"sk-llm-[A-Za-z0-9_-]{43}")
UNAVAILABLE_RETRY_SECONDS = 5


class Records(Protocol):
    """Keys and tenants by name, such as a cache of them."""

    async def key(self, digest: str) -> ApiKey | None:
        """The key with that SHA-256; raises UnavailableError."""

    async def tenant(self, name: str) -> Tenant | None:
        """The tenant of that name; raises UnavailableError."""


class Caller(NamedTuple):
    """A caller: its tenant, the team that pays, and the digest of its key (empty with a token)."""

    tenant: Tenant
    team: str
    digest: str = ""


async def identify(
    authorization: str, metadata: Mapping[str, Any], records: Records, oidc: Oidc | None, epoch: float
) -> Caller:
    """Who sends a request.

    Args:
        authorization: The header of that name, empty where there is none.
        metadata: Envoy's dynamic metadata, `google.protobuf.Struct` by namespace.
        records: Keys and tenants.
        oidc: The issuer of tokens, if any.
        epoch: Now, in seconds.

    Raises:
        RefusalError: 401 for neither a valid key nor token, 403 for a tenant without a record, 503 when the table does
            not answer and the key is not known.
    """
    try:
        claims = metadata.get(CLAIMS_NAMESPACE) if oidc else None
        if oidc and claims is not None and CLAIMS_KEY in claims.fields:
            return await _of_token(claims.fields[CLAIMS_KEY].struct_value.fields, records, oidc)
        return await _of_key(authorization, records, epoch)
    except UnavailableError:
        message = "The gateway cannot check this key at the moment; try again."
        raise RefusalError(503, "keys_unavailable", message, retry_after=UNAVAILABLE_RETRY_SECONDS) from None


async def known_still(caller: Caller, records: Records, epoch: float) -> Tenant:
    """The tenant of a caller that was identified a while ago, as it is now; as it was while the table does not answer.

    Raises:
        RefusalError: 401 for a key that has ended meanwhile, 403 for a tenant that was removed.
    """
    try:
        if caller.digest:
            await _active(caller.digest, records, epoch)
        return await _tenant(caller.tenant.name, records)
    except UnavailableError:
        return caller.tenant


async def _of_key(authorization: str, records: Records, epoch: float) -> Caller:
    given = _BEARER.fullmatch(authorization)
    if given is None:
        raise RefusalError(401, "invalid_api_key", "No API key was sent: use the header Authorization: Bearer KEY.")
    if _KEY.fullmatch(given[1]) is None:
        raise RefusalError(401, "invalid_api_key", "Incorrect API key, or a token that is not valid.")
    digest = digest_of(given[1])
    key = await _active(digest, records, epoch)
    tenant = await _tenant(key.tenant, records)
    return Caller(tenant, key.team or tenant.limits.team or "", digest)


async def _active(digest: str, records: Records, epoch: float) -> ApiKey:
    key = await records.key(digest)
    if key is None:
        raise RefusalError(401, "invalid_api_key", "Incorrect API key.")
    if (state := key.state(epoch)) != "active":
        raise RefusalError(401, "invalid_api_key", f"This API key is {state}.")
    return key


async def _of_token(claims: Mapping[str, Any], records: Records, oidc: Oidc) -> Caller:
    claim = claims.get(oidc.tenant_claim)
    name = claim.string_value if claim is not None else ""
    if not name:
        raise RefusalError(401, "invalid_token", f"The token has no claim {oidc.tenant_claim}, which names the tenant.")
    tenant = await _tenant(name, records)
    return Caller(tenant, tenant.limits.team or "")


async def _tenant(name: str, records: Records) -> Tenant:
    tenant = await records.tenant(name)
    if tenant is None:
        raise RefusalError(403, "tenant_not_found", "The tenant of this key or token has no record at this gateway.")
    return tenant
