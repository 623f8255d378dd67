"""The decision on a request: who sends it, what it may, and which service gets it."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from envoy.service.auth.v3.external_auth_pb2 import CheckRequest, CheckResponse
from google.protobuf.struct_pb2 import Value

from gateway.config import Config
from gateway.envoy.contract import (
    CALLER_EXTENSION,
    CALLER_FIRST,
    CALLER_KNOWN,
    COMPLETIONS_PATH,
    MODELS_PATH,
    REQUEST_NAMESPACE,
    TEXTS_AND_LISTS,
)
from gateway.policy import answers, metrics, requested
from gateway.policy.accounts.entries import Decision
from gateway.policy.accounts.settle import Reservations
from gateway.policy.answers import RefusalError
from gateway.policy.callers import Caller, Records, identify, known_still
from gateway.policy.consents import Consents
from gateway.policy.held import HeldRequests
from gateway.policy.hold import Hold
from gateway.policy.limits.spends import Spends
from gateway.policy.limits.tenant import Reservation, TenantState
from gateway.policy.limits.tenants import Tenants
from gateway.policy.prompts import prompts
from gateway.policy.services import Catalog, Service
from gateway.store.tenants import Tenant

SETTLED_SECONDS = 0.01
"""How long a request that meets a limit waits for the log of those before it."""


@dataclass(kw_only=True)
class Check:
    """Envoy's authorization service.

    Attributes:
        config: The gateway's configuration.
        catalog: The services.
        records: Keys and tenants.
        tenants: Limits of tenants.
        spends: What tenants with a budget have spent.
        reservations: What requests in flight have taken of the limits.
        hold: Requests that wait for a model.
        held: Their IDs, and those of the other process.
        consents: Consents of tenants to response logs.
        draw: Draws a number from 0 to 1 for the sample of logged responses.
        used: When each key was last used, by digest, in seconds since the epoch; emptied by whoever writes it down.
    """

    config: Config
    catalog: Catalog
    records: Records
    tenants: Tenants
    spends: Spends
    reservations: Reservations
    hold: Hold
    held: HeldRequests
    consents: Consents = field(default_factory=Consents)
    draw: Callable[[], float] = random.random
    used: dict[str, int] = field(default_factory=dict)

    async def answer(self, message: bytes) -> bytes:
        """Decide on one request: takes a CheckRequest and returns a CheckResponse, both serialized."""
        try:
            answer = await self._decide(CheckRequest.FromString(message))
        except RefusalError as refusal:
            metrics.REFUSED.labels(refusal.code).inc()
            answer = answers.refused(refusal)
        serialized: bytes = answer.SerializeToString()
        return serialized

    async def _decide(self, request: CheckRequest) -> CheckResponse:
        http, metadata = request.attributes.request.http, request.attributes.metadata_context.filter_metadata
        headers: Mapping[str, str] = http.headers
        now = time.time()
        caller = await identify(headers.get("authorization", ""), metadata, self.records, self.config.oidc, now)
        if caller.digest:
            self.used[caller.digest] = int(now)
        call = request.attributes.context_extensions.get(CALLER_EXTENSION)
        state = self.tenants.of(caller.tenant, self.catalog.gateways)
        if call != CALLER_KNOWN:  # of a longer body the first call took the request
            self._take(state, headers.get("x-request-id", ""))
        if call == CALLER_FIRST:
            return answers.known()
        path = http.path.partition("?")[0]
        if path == MODELS_PATH:
            return self._models(caller.tenant)
        fields = metadata[REQUEST_NAMESPACE].fields if REQUEST_NAMESPACE in metadata else {}
        wants = requested.read(
            fields,
            http.size,
            path,
            prompts=_prompts(fields, http.body.encode(), http.size) if path == COMPLETIONS_PATH else 1,
        )
        service = self._service(caller.tenant, wants.model)
        try:
            return await self._admit(caller, state, service, wants, headers.get("x-request-id", ""))
        except RefusalError as refusal:
            metrics.REQUESTS.labels(caller.tenant.name, service.name, str(refusal.status)).inc()
            raise

    async def _admit(
        self, caller: Caller, state: TenantState, service: Service, wants: requested.Requested, request: str
    ) -> CheckResponse:
        await self.spends.know(state)
        tokens = max(1, wants.prompt_tokens + wants.completion_tokens)
        cost = service.price.microusd(wants.prompt_tokens, wants.completion_tokens) if service.price else 0.0
        reservation = await self._reserve(state, tokens, cost, request)
        number = self.reservations.add(reservation, request, service.name)
        try:
            if not service.endpoints:
                with self.held.keep(request):
                    service = await self.hold.ready(service, wants.prompt_tokens * requested.BYTES_PER_TOKEN)
                    await self._check_again(caller, service)
            if service.key == "":
                raise RefusalError(503, "model_not_ready", f"The key of `{service.name}` is not known.", retry_after=30)
        except BaseException:
            self.reservations.remove(number)
            raise
        self.reservations.sent(number)
        decision = Decision(
            process=self.reservations.process,
            number=number,
            tenant=caller.tenant.name,
            team=caller.team,
            model=service.name,
            prompt_tokens=wants.prompt_tokens,
            price=service.price,
            completion_tokens=wants.completion_tokens,
            sequences=wants.sequences,
            prompts=wants.prompts,
        )
        log = (
            json.dumps((caller.tenant.name, caller.team, service.name)) if self._logs(caller.tenant, service) else None
        )
        return answers.passed(service.name, service.key, decision.dump(), state.headers(), log=log)

    def _take(self, state: TenantState, request: str) -> None:
        try:
            state.take_request()
        except RefusalError:
            if not self.held.of_the_other(request):
                raise
            state.take_request(admitted=True)

    async def _reserve(self, state: TenantState, tokens: int, cost: float, request: str) -> Reservation:
        try:
            return state.reserve(tokens, cost)
        except RefusalError:
            if self.held.of_the_other(request):
                return state.reserve(tokens, cost, admitted=True)
            if not state.in_flight:
                raise
            # An answer may have ended whose line in the log was not read yet.
            await asyncio.sleep(SETTLED_SECONDS)
            self.reservations.poll()
            return state.reserve(tokens, cost)

    async def _check_again(self, caller: Caller, service: Service) -> None:
        """Decide on a request that was held as if it came now, but for what it has taken of limits already.

        Raises:
            RefusalError: its key has ended, its tenant may not use the service any more, or a budget is spent.
        """
        tenant = await known_still(caller, self.records, time.time())
        if not _may_use(tenant, service):
            raise _no_model(service.name)
        state = self.tenants.of(tenant, self.catalog.gateways)
        await self.spends.know(state)
        state.budgets.check(time.time(), with_held=False)

    def _logs(self, tenant: Tenant, service: Service) -> bool:
        """Whether this response is logged: service and tenant agree, and it is in the sample."""
        consent = service.response_logs
        if self.config.response_logs is None or consent is None or tenant.name not in consent.tenants:
            return False
        return self.consents.given(tenant.name) and self.draw() < consent.sample

    def _service(self, tenant: Tenant, model: str | None) -> Service:
        if model is None:
            message = (
                "The body has to be a JSON object with a text in `model`, and the content type application/json. Not read are NaN, Infinity, "
                "halves of surrogate pairs, integers from 2^63 to 2^64 - 1, and 1,000 levels."
            )
            raise RefusalError(400, "invalid_request_error", message)
        service = self.catalog.find(model)
        if service is None or not _may_use(tenant, service):
            raise _no_model(model)
        return service

    def _models(self, tenant: Tenant) -> CheckResponse:
        names = [
            (name, service)
            for service in self.catalog.services
            if _may_use(tenant, service)
            for name in (service.short, service.name)
            if name and self.catalog.find(name) is service
        ]
        data = [
            {"id": name, "object": "model", "created": 0, "owned_by": service.team or service.stack}
            for name, service in sorted(names, key=lambda each: each[0])
        ]
        return answers.direct(200, {"object": "list", "data": data})


def _prompts(fields: Mapping[str, Value], body: bytes, size: int) -> int:
    counted = fields[TEXTS_AND_LISTS].number_value if TEXTS_AND_LISTS in fields else 0
    return prompts(body, size, int(counted))


def _no_model(name: str) -> RefusalError:
    shown = name if len(name) <= 100 else name[:100] + "..."
    message = f"The model `{shown}` does not exist or you do not have access to it."
    return RefusalError(404, "model_not_found", message)


def _may_use(tenant: Tenant, service: Service) -> bool:
    """Whether a tenant may use a service: without a list a team's tenant may use the platform's and the team's own."""
    models, team = tenant.limits.models, tenant.limits.team
    if models is None and team is not None:
        return service.short is not None or service.team == team
    return models is None or service.name in models or (service.short is not None and service.short in models)
