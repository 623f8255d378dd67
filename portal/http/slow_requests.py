"""Requests that wait for a model or for Pulumi, for pages and API alike: off the threads that other requests share."""

from starlette.concurrency import run_in_threadpool

from portal.http import gateway_requests
from portal.http.dependencies import Dependencies
from portal.identity.roles import Actor
from portal.operations import api_keys, change_lifecycle, playground, stack_outputs
from portal.operations.playground import Target
from portal.operations.stack_outputs import Key
from portal.runner.protocol import Fingerprint


async def answer(deps: Dependencies, actor: Actor, service_id: str, message: str) -> str:
    """Return the answer of a service's model to a message.

    Raises:
        TooManyError: the person, or the service, has as many questions under way as it may.
        PortalError: it cannot be asked, or does not answer.
    """
    to = await run_in_threadpool(_target, deps, actor, service_id)
    with deps.slow.place(actor.id, to.service_id):
        if (gateway := await gateway_requests.gateway_of(deps, to.platform)) is not None:
            return await gateway_requests.answer(deps, gateway, to, message)
        key = await deps.slow.read(stack_outputs.read, deps.runner, to.stack, to.name, wanted="address")
        return await deps.chats.ask(to.name, to.model, key, message)


async def api_key(deps: Dependencies, actor: Actor, service_id: str) -> Key:
    """Address and key of a service; the audit log says who asked.

    Raises:
        TooManyError: as ``answer``.
        PortalError: it has none, or it is not the actor's to use.
    """
    with deps.slow.place(actor.id, service_id):
        of = await run_in_threadpool(_key_wanted, deps, actor, service_id)
        return await deps.slow.read(api_keys.read, deps.runner, of)


async def apply(deps: Dependencies, actor: Actor, change_id: str) -> str | None:
    """Apply a change that was previewed; returns the id of the job, None of limits, which are written at once.

    Raises:
        TooManyError: as many applies of the person are being checked as may be.
        PortalError: as ``change_lifecycle.apply``.
    """
    with deps.slow.apply_place(actor.id):
        if await gateway_requests.limits_of(deps, actor, change_id) is not None:
            await gateway_requests.apply_limits(deps, actor, change_id)
            return None
        found = await deps.slow.read(_current, deps, actor, change_id)
        return await run_in_threadpool(_apply, deps, actor, change_id, found)


async def preview_again(deps: Dependencies, actor: Actor, change_id: str) -> str | None:
    """Preview a change again; returns the id of the job, None of limits, which are compared at once.

    Raises:
        PortalError: it is under way or at its end.
    """
    limits = await gateway_requests.limits_of(deps, actor, change_id)
    if limits is None:
        return await run_in_threadpool(_preview_again, deps, actor, change_id)
    await gateway_requests.preview_limits_again(deps, actor, limits, change_id)
    return None


def _preview_again(deps: Dependencies, actor: Actor, change_id: str) -> str:
    with deps.write_context(actor) as context:
        return change_lifecycle.preview_again(context, change_id).id


def _target(deps: Dependencies, actor: Actor, service_id: str) -> Target:
    with deps.read_context(actor) as context:
        return playground.target(context, service_id)


def _key_wanted(deps: Dependencies, actor: Actor, service_id: str) -> Target:
    with deps.write_context(actor) as context:
        return api_keys.wanted(context, service_id)


def _current(deps: Dependencies, actor: Actor, change_id: str) -> Fingerprint | None:
    if not deps.dispatcher.leads:
        # Its data folder, with the encryption of the stack's secrets, is another one than that of the preview.
        return None
    with deps.read_context(actor) as context:
        return change_lifecycle.current(context, change_id)


def _apply(deps: Dependencies, actor: Actor, change_id: str, found: Fingerprint | None) -> str:
    with deps.write_context(actor) as context:
        return change_lifecycle.apply(context, change_id, found).id
