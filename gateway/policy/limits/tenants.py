"""Limits of all tenants in a policy process."""

import time
from collections.abc import Callable

from gateway.config import Limits as Defaults
from gateway.policy.limits.tenant import Allowed, TenantState
from gateway.store.tenants import Tenant

IDLE_SECONDS = 3600.0
"""A tenant that has sent nothing for this long is forgotten: its buckets are full anyway."""


class Tenants:
    """State by tenant, made when a tenant sends its first request."""

    def __init__(self, defaults: Defaults, clock: Callable[[], float] = time.monotonic) -> None:
        self._defaults, self._clock = defaults, clock
        self._states: dict[str, TenantState] = {}
        self._seen: dict[str, Tenant] = {}

    def of(self, tenant: Tenant, pods: int) -> TenantState:
        """The tenant's state, with its present limits, for that many gateway pods."""
        state = self._states.get(tenant.name)
        if state is not None and self._seen.get(tenant.name) is tenant and state.pods == pods:
            return state
        allowed = Allowed.of(tenant.limits, self._defaults)
        if state is None:
            state = self._states[tenant.name] = TenantState(tenant.name, allowed, pods, self._clock)
        state.configure(allowed, pods)
        state.budgets.configure(tenant.limits)
        self._seen[tenant.name] = tenant
        return state

    def active(self, seconds: float) -> list[TenantState]:
        """The tenants that have a request in flight, or of which one came or ended within so many seconds; idle ones are forgotten."""
        now = self._clock()
        for name, state in list(self._states.items()):
            if not state.in_flight and now - state.used_at > IDLE_SECONDS:
                del self._states[name], self._seen[name]
        return [each for each in self._states.values() if each.in_flight or now - each.used_at <= seconds]
