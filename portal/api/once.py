"""Idempotency keys: a request that is sent again with its key is answered as the first time, and done once."""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from portal.clock import now
from portal.db.people import Spent
from portal.errors import ConflictError, InvalidError
from portal.parts import Parts

HEADER = "idempotency-key"
_LONGEST = 200
_KEPT = timedelta(hours=24)


class OnceRoute(APIRoute):
    """A route whose changing requests may carry an idempotency key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the key looked up before and the answer kept after."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            given = request.headers.get(HEADER)
            if given is None or request.method == "GET":
                return await handler(request)
            if not 1 <= len(given) <= _LONGEST:
                raise InvalidError(f"{HEADER}: is {len(given)} characters long: 1 to {_LONGEST}")
            parts: Parts = request.app.state.parts
            who = request.headers.get("authorization") or request.headers.get("cookie", "")
            key = _digest(f"{who}\n{request.method} {request.url.path}\n{given}".encode())
            body = _digest(await request.body())
            answered = await run_in_threadpool(_claim, parts, key, body)
            if answered is not None:
                return answered
            try:
                response = await handler(request)
            except BaseException:
                await run_in_threadpool(_release, parts, key)
                raise
            await run_in_threadpool(_keep, parts, key, response)
            return response

        return once


def _claim(parts: Parts, key: str, body: str) -> Response | None:
    with parts.database.reading() as session:
        first = session.get(Spent, key)
    if first is None:
        try:
            with parts.database.session() as session:
                session.add(Spent(key=key, body=body, expires_at=now() + _KEPT))
        except IntegrityError:
            raise ConflictError("the same request is being carried out: ask again in a moment") from None
        return None
    if first.body != body:
        raise InvalidError(f"{HEADER}: was used with another request: take a new key")
    if first.answer is None or first.status is None:
        raise ConflictError("the same request is being carried out: ask again in a moment")
    headers = {"idempotent-replayed": "true"}
    return Response(first.answer, first.status, headers, media_type="application/json")


def _keep(parts: Parts, key: str, response: Response) -> None:
    if response.status_code >= 300:
        _release(parts, key)
        return
    with parts.database.session() as session:
        spent = session.get_one(Spent, key)
        spent.status, spent.answer = response.status_code, bytes(response.body).decode()


def _release(parts: Parts, key: str) -> None:
    with parts.database.session() as session:
        if (spent := session.get(Spent, key)) is not None:
            session.delete(spent)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
