"""The requests that wait for a model or for Pulumi, for pages and API alike: each step where it holds up nobody."""

from starlette.concurrency import run_in_threadpool

from portal.identity.roles import Actor
from portal.operations import chatting, deciding, exported, keys
from portal.operations.chatting import Target
from portal.operations.exported import Key
from portal.parts import Parts
from portal.runner.protocol import Fingerprint


async def answer(parts: Parts, actor: Actor, service_id: str, message: str) -> str:
    """What the model of a service says to a message.

    Raises:
        TooManyError: the person, or the service, has as many questions under way as it may.
        PortalError: it cannot be asked, or does not answer.
    """
    to = await run_in_threadpool(_target, parts, actor, service_id)
    with parts.slow.place(actor.id, to.service_id):
        key = await parts.slow.read(exported.read, parts.runner, to.stack, to.name, wanted="address")
        return await parts.chats.ask(to.name, to.model, key, message)


async def api_key(parts: Parts, actor: Actor, service_id: str) -> Key:
    """Address and key of a service; the audit log says who asked.

    Raises:
        TooManyError: as ``answer``.
        PortalError: it has none, or it is not the actor's to use.
    """
    with parts.slow.place(actor.id, service_id):
        of = await run_in_threadpool(_key_wanted, parts, actor, service_id)
        return await parts.slow.read(keys.read, parts.runner, of)


async def apply(parts: Parts, actor: Actor, change_id: str) -> str:
    """Apply a change that was previewed; returns the id of the job.

    Raises:
        TooManyError: as many applies of the person are being checked as may be.
        PortalError: as ``deciding.apply``.
    """
    with parts.slow.apply_place(actor.id):
        found = await parts.slow.read(_current, parts, actor, change_id)
        return await run_in_threadpool(_apply, parts, actor, change_id, found)


def _target(parts: Parts, actor: Actor, service_id: str) -> Target:
    with parts.looking(actor) as context:
        return chatting.target(context, service_id)


def _key_wanted(parts: Parts, actor: Actor, service_id: str) -> Target:
    with parts.acting(actor) as context:
        return keys.wanted(context, service_id)


def _current(parts: Parts, actor: Actor, change_id: str) -> Fingerprint:
    with parts.looking(actor) as context:
        return deciding.current(context, change_id)


def _apply(parts: Parts, actor: Actor, change_id: str, found: Fingerprint) -> str:
    with parts.acting(actor) as context:
        return deciding.apply(context, change_id, found).id
