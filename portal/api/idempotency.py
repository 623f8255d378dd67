"""Idempotency keys: a request that is sent again with its key is done once and gets the first answer."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from portal.clock import now
from portal.db.people import UsedToken
from portal.errors import ConflictError, InvalidError
from portal.http.current_user import current_user
from portal.http.dependencies import Dependencies

HEADER = "idempotency-key"
LONGEST = 200
_KEPT = timedelta(hours=24)
_HALF = 32
"""Hexadecimal digits that are kept of the request's digest, before as many of that of the roles it was sent with."""


class IdempotentRoute(APIRoute):
    """A route whose changing requests may carry an idempotency key."""

    keeps_answer = True
    """Whether a repeat gets the first answer; without, it is told that it was done."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the key looked up before and the answer kept after."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            given = request.headers.get(HEADER)
            if given is None or request.method == "GET":
                return await handler(request)
            if not 1 <= len(given) <= LONGEST:
                raise InvalidError(f"{HEADER}: is {len(given)} characters long: 1 to {LONGEST}")
            deps: Dependencies = request.app.state.deps
            # Before anything kept is told: whoever is not let in any more must not get it either.
            user = await run_in_threadpool(current_user, request, deps)
            who = request.headers.get("authorization") or request.headers.get("cookie", "")
            key = _digest(f"{who}\n{request.method} {request.url.path}\n{given}".encode())
            roles = json.dumps(sorted(user.actor.roles.items()))
            body = _digest(await request.body())[:_HALF] + _digest(roles.encode())[:_HALF]
            answered = await run_in_threadpool(_claim, deps, key, body)
            if answered is not None:
                return answered
            try:
                response = await handler(request)
            except BaseException:
                await run_in_threadpool(_release, deps, key)
                raise
            await run_in_threadpool(_keep, deps, key, response, self.keeps_answer)
            return response

        return once


class IdempotentSecretRoute(IdempotentRoute):
    """The same, where the answer has a secret in it, which is not kept."""

    keeps_answer = False


def _claim(deps: Dependencies, key: str, body: str) -> Response | None:
    with deps.database.session() as session:  # writers take turns, so nobody claims it in between
        session.execute(delete(UsedToken).where(UsedToken.expires_at < now()))
        first = session.get(UsedToken, key)
        if first is None:
            session.add(UsedToken(key=key, body=body, expires_at=now() + _KEPT))
            return None
    kept = first.body or ""
    if kept[:_HALF] != body[:_HALF]:
        raise InvalidError(f"{HEADER}: was used with another request: take a new key")
    if kept != body:
        # What was answered may be another team's by now, and done again it would be done twice.
        raise ConflictError(
            "your roles changed since this was sent: look whether it was done, and take a new key if not"
        )
    if first.status is None:
        raise ConflictError(
            "the same request is being carried out, or was cut off: look whether it was done, and take a new key if not"
        )
    if first.answer is None:
        raise ConflictError(
            f"{HEADER}: was done before, and its answer, a secret, is not kept: revoke what it made and take a new key"
        )
    headers = {"idempotent-replayed": "true"}
    return Response(first.answer, first.status, headers, media_type="application/json")


def _keep(deps: Dependencies, key: str, response: Response, keeps_answer: bool) -> None:  # noqa: FBT001  as the pool calls it
    if response.status_code >= 300:
        _release(deps, key)
        return
    with deps.database.session() as session:
        spent = session.get_one(UsedToken, key)
        spent.status = response.status_code
        if keeps_answer:
            spent.answer = bytes(response.body).decode()


def _release(deps: Dependencies, key: str) -> None:
    with deps.database.session() as session:
        if (spent := session.get(UsedToken, key)) is not None:
            session.delete(spent)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
