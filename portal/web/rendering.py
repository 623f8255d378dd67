"""Pages from templates: everything is escaped, and every form gets a token of its own."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.http.current_user import CurrentUser
from portal.http.dependencies import Dependencies
from portal.identity.roles import Role
from portal.numbers import dollars
from portal.operations import views
from portal.security import forms
from portal.web import charts
from settings.version import VERSION

STATIC = Path(__file__).resolve().parent / "static"
_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SECONDS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_ACTIONS = {"create": "New service", "update": "Change of", "destroy": "Destroy", "limits": "Limits of"}


def environment() -> Environment:
    """Jinja2 as the portal uses it: autoescaping, and an unknown name is an error instead of an empty text."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "when": when,
        "iso": iso,
        "until": until,
        "took": took,
        "usd": usd,
        "short": short,
        "action": action,
        "n": counted,
    }
    made.globals |= {"charts": charts, "version": VERSION}
    return made


def page(request: Request, template: str, user: CurrentUser | None, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page for the signed-in user."""
    templates: Environment = request.app.state.templates
    context: Mapping[str, Any] = {
        "me": user.actor if user else None,
        "administers": user is not None and user.actor.administers,
        "to_decide": _to_decide(request, user),
        "gateways": _has_gateways(request, user),
        "csrf": _form_tokens(user),
        "path": request.url.path,
        **values,
    }
    return HTMLResponse(templates.get_template(template).render(context), status)


def fragment(request: Request, template: str, **values: Any) -> str:
    """Render a part of a page that has neither forms nor a user's name in it."""
    templates: Environment = request.app.state.templates
    return templates.get_template(template).render(values)


def when(moment: datetime | None) -> str:
    """Return a moment, to the minute, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "never"


def iso(moment: datetime) -> str:
    """A moment as machines read it."""
    return moment.isoformat(timespec="seconds")


def until(moment: datetime | None) -> str:
    """Return the time until a moment, in its two largest units."""
    if moment is None:
        return ""
    left = int((moment - datetime.now(UTC)).total_seconds())
    return _span(left) if left > 0 else "now"


def took(begin: datetime | None, end: datetime | None) -> str:
    """Return how long something took, or has taken so far."""
    if begin is None:
        return ""
    return _span(int(((end or datetime.now(UTC)) - begin).total_seconds())) or "0 s"


def usd(value: float | None) -> str:
    """An amount of US dollars, or that it is not known."""
    return "not known" if value is None else dollars(value)


def short(identifier: str) -> str:
    """Enough of an identifier for people."""
    return identifier[:8]


def action(kind: str) -> str:
    """Return the words for what a change does to its service."""
    return _ACTIONS.get(kind, kind.capitalize())


def counted(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _span(seconds: int) -> str:
    words: list[str] = []
    for size, unit in _SECONDS:
        if seconds >= size or words:
            words.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(words[:2])


def _to_decide(request: Request, user: CurrentUser | None) -> int:
    if user is None or not any(role in {Role.APPROVER, Role.ADMIN} for role in user.actor.roles.values()):
        return 0
    deps: Dependencies = request.app.state.deps
    with deps.read_context(user.actor) as context:
        return views.to_decide(context)


def _has_gateways(request: Request, user: CurrentUser | None) -> bool:
    """Whether any platform has a gateway, as far as is known: no page waits for it."""
    deps: Dependencies = request.app.state.deps
    return user is not None and bool(deps.platforms.known_gateways())


def _form_tokens(user: CurrentUser | None) -> Callable[[], str]:
    def fresh() -> str:
        return forms.token(user.sign_in) if user is not None and user.sign_in is not None else ""

    return fresh
