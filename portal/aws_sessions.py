"""Sessions of AWS with the portal's own credentials, or with the role of a platform."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from settings.models.account import AssumeRole

_SESSION_NAME: Final = "llm-platform-portal"


def session(environment: Mapping[str, str], role: AssumeRole | None, region: str, config: Config) -> Session:
    """Return a session.

    Args:
        environment: Where credentials and addresses of AWS are taken from; without ``AWS_ACCESS_KEY_ID`` botocore looks for
            credentials in its usual places.
        role: Role to take; None for the credentials as they are.
        region: Region of STS, which gives the role.
        config: Time-outs of STS.

    Raises:
        NoCredentialsError: there are none to take the role with.
    """
    made = Session()
    key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        made.set_credentials(key, secret, environment.get("AWS_SESSION_TOKEN"))
    if role is not None:
        _assume(made, role, region, _endpoint(environment, "sts"), config)
    return made


def client(environment: Mapping[str, str], service: str, role: AssumeRole | None, region: str, config: Config) -> Any:
    """Return a client of a service; arguments and errors as ``session``, whose time-outs are the client's too.

    Making clients at the same time is not safe.
    """
    return session(environment, role, region, config).create_client(
        service, region_name=region, endpoint_url=_endpoint(environment, service), config=config
    )


def _endpoint(environment: Mapping[str, str], service: str) -> str | None:
    """Return the address of a service that is set, else that of all of them; None for AWS itself."""
    names = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
    return next((environment[name] for name in names if environment.get(name)), None)


def _assume(session: Session, role: AssumeRole, region: str, endpoint: str | None, config: Config) -> None:
    """Let the session take a role, and take it again before its credentials expire."""
    own = session.get_credentials()
    if own is None:
        raise NoCredentialsError
    extra = {"RoleSessionName": role.session_name or _SESSION_NAME}
    if role.external_id:
        extra["ExternalId"] = role.external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(session.create_client, region_name=region, endpoint_url=endpoint, config=config),
        source_credentials=own,
        role_arn=role.role_arn,
        extra_args=extra,
    )
    # botocore has no public way to give a session credentials that refresh themselves.
    session._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
