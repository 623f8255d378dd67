"""Parts of pages that follow what they show."""

from collections.abc import Callable
from typing import Any

from fastapi import Request

from portal.http.current_user import CurrentUser
from portal.http.dependencies import Dependencies
from portal.http.fragment_stream import LOOK_SECONDS, FragmentStream
from portal.operations.context import Context
from portal.web.rendering import fragment


async def stream(
    request: Request,
    deps: Dependencies,
    user: CurrentUser,
    template: str,
    read: Callable[[Context], dict[str, Any]],
    seconds: float = LOOK_SECONDS,
) -> FragmentStream:
    """Return the stream of a part of a page, for a user who may see it.

    Args:
        request: The watcher's request.
        deps: What handlers need.
        user: The watcher.
        template: Template of the part.
        read: Reads the template's values; raises a PortalError where the user may not see them.
        seconds: Time between two looks.

    Raises:
        PortalError: the user may not see it.
    """

    def render(user: CurrentUser) -> str:
        with deps.read_context(user.actor) as context:
            values = read(context)
        return fragment(request, template, **values)

    return await FragmentStream(request=request, deps=deps, render=render, seconds=seconds).checked(user)
