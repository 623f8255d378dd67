"""Names under which the portal answers: a page of another name that leads here must not work as the portal."""

from urllib.parse import urlsplit

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Receive, Scope, Send

from portal.settings import PortalSettings

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that containers, load balancers and Prometheus request by address: public, and without effect."""


class OwnHosts(TrustedHostMiddleware):
    """Refuses requests for other names, but answers probes under any."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] in PROBES:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def allowed_hosts(settings: PortalSettings) -> list[str]:
    """Hosts a request may be for."""
    names = {urlsplit(settings.url).hostname or "", settings.host}
    if settings.sign_in == "local":
        names |= {"localhost", "127.0.0.1", "::1"}
    return sorted(names - {"", "0.0.0.0", "::"})  # noqa: S104  compared, not listened on


def own_path(target: str) -> str:
    """A path of this portal, whatever a query said: a sign-in must not lead to another site."""
    parts = urlsplit(target)
    good = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if good else "/"
