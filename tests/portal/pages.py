"""Paths of the portal's pages, read from the routes: a new page is tested without a row of its own."""

from inspect import signature

from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from portal.web.routes import MODULES


def page_paths() -> tuple[str, ...]:
    """Return the path of every page that users who are signed in open, with ids of the rows in braces."""
    return tuple(
        route.path
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and _is_page(route)
    )


def _is_page(route: APIRoute) -> bool:
    found = signature(route.endpoint)
    return found.return_annotation is HTMLResponse and "user" in found.parameters
