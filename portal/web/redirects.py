"""Redirects after a form."""

from http import HTTPStatus

from fastapi.responses import RedirectResponse


def see_other(path: str) -> RedirectResponse:
    """Send the browser to a page with GET, so that reloading it sends no form again."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
