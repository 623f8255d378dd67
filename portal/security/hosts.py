"""Names under which the portal answers: a page of another name that leads here must not work as the portal."""

from urllib.parse import urlsplit

from portal.settings import PortalSettings


def allowed_hosts(settings: PortalSettings) -> list[str]:
    """Hosts a request may be for."""
    names = {urlsplit(settings.url).hostname or "", settings.host}
    if settings.sign_in == "local":
        names |= {"localhost", "127.0.0.1", "::1"}
    return sorted(names - {"", "0.0.0.0", "::"})  # noqa: S104  compared, not listened on
