"""The portal's settings: environment variables, checked once, before anything starts."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from portal.errors import SetupError
from workspace.loopback import is_loopback

_MINUTE = 60


class PortalSettings(BaseSettings):
    """Each field is the variable ``PORTAL_`` and its name in capitals; docs/portal.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_", extra="ignore", frozen=True, use_attribute_docstrings=True, populate_by_name=True
    )

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8000, ge=1, le=65535, validation_alias=AliasChoices("port", "PORTAL_PORT", "PORT"))
    """Port to listen on."""
    public_url: str = ""
    """Address people type; default http://HOST:PORT. Cookies are marked secure when it is https."""
    data_dir: Path = Path(".portal")
    """Folder of workspaces, salts, secrets, runs and, without database_url, the database."""
    database_url: str = Field(
        default="", validation_alias=AliasChoices("database_url", "PORTAL_DATABASE_URL", "DATABASE_URL")
    )
    """postgresql://... or sqlite:///FILE; default portal.db in data_dir."""
    sign_in: Literal["local", "oidc"] = "oidc"
    """Who checks passwords: an OpenID Connect issuer, or, on loopback only, the portal itself."""
    oidc_issuer: str = ""
    """The issuer, such as https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI."""
    oidc_client_id: str = ""
    """The portal's client at the issuer."""
    oidc_client_secret: SecretStr = SecretStr("")
    """Its secret; empty for a public client with PKCE."""
    oidc_groups_claim: str = "groups"
    """Claim that lists a person's groups; cognito:groups for Cognito."""
    oidc_scopes: str = "openid email profile"
    """Scopes to ask for."""
    groups: dict[str, str] = Field(default_factory=dict)
    """JSON: group to TEAM:ROLE or *:admin; a group llm:TEAM:ROLE needs no entry."""
    session_hours: int = Field(default=12, ge=1, le=168)
    """How long a sign-in lasts."""

    program_dir: Path = Path()
    """Checkout of the program: Pulumi.yaml, __main__.py, policies/, uv.lock."""
    platforms: Annotated[tuple[str, ...], NoDecode] = ("dev",)
    """Platform stacks teams may use, separated by commas."""
    backend_url: str = ""
    """Pulumi's backend, such as s3://BUCKET; default where `pulumi login` points."""
    pulumi_root: Path | None = None
    """Folder whose bin/pulumi is the CLI; default the one on PATH."""
    secrets_provider: str = "passphrase"
    """Pulumi's secrets provider of team stacks, such as awskms://alias/KEY?region=us-east-1."""
    passphrase_file: Path | None = None
    """File with the passphrase, for the passphrase provider; the platform's, whose outputs must be read."""
    hub_token_file: Path | None = None
    """File with a Hugging Face token for gated models."""
    connection_file: Path | None = None
    """JSON written by `rehearse connect`: how to reach a rehearsal sandbox instead of AWS."""
    endpoint_port: int = Field(default=80, ge=1, le=65535)
    """Port of the load balancers of new services."""

    parallel_jobs: int = Field(default=4, ge=1, le=64)
    """Operations that run at once, each on another stack."""
    job_seconds: int = Field(default=90 * _MINUTE, ge=10)
    """Longest time of one operation; then it is interrupted."""
    cancel_grace_seconds: int = Field(default=120, ge=1)
    """What an interrupted operation gets to save its state before it is killed."""
    job_niceness: int = Field(default=10, ge=0, le=19)
    """Nice level of operations, so that pages stay quick."""
    default_ttl_hours: int = Field(default=72, ge=1)
    """Life of a new service, until it is extended."""
    max_ttl_hours: int = Field(default=24 * 30, ge=1)
    """Longest life a person may ask for at once."""
    warn_hours: float = Field(default=24, gt=0)
    """How long before its end a service is marked as ending."""

    max_body_bytes: int = Field(default=64 * 1024, ge=1024)
    """Largest body of a request."""
    slow_per_person: int = Field(default=2, ge=1, le=1000)
    """Questions to models and reads of keys that one person has under way at once; as many applies being checked."""
    slow_per_service: int = Field(default=8, ge=1, le=1000)
    """The same of one service."""
    sign_in_rate: str = "10/minute"
    """Tries to sign in, an address."""
    write_rate: str = "120/minute"
    """Changing requests, a person."""
    logged_refusals_rate: str = "120/minute"
    """Refused requests that go into the audit log, an address: a flood must not fill the disk."""

    @property
    def url(self) -> str:
        """The address people type, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether cookies travel over TLS only."""
        return urlsplit(self.url).scheme == "https"

    @property
    def database(self) -> str:
        """SQLAlchemy's URL of the database."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'portal.db'}"
        scheme, rest = self.database_url.split("://", 1) if "://" in self.database_url else (self.database_url, "")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url

    @model_validator(mode="before")
    @classmethod
    def _split(cls, values: dict[str, object]) -> dict[str, object]:
        platforms = values.get("platforms")
        if isinstance(platforms, str):
            values["platforms"] = tuple(name.strip() for name in platforms.split(",") if name.strip())
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.sign_in == "local" and not is_loopback(self.host):
            raise ValueError(
                f"host: {self.host} is not loopback, and local accounts are for one machine: "
                "set PORTAL_SIGN_IN=oidc, or PORTAL_HOST=127.0.0.1"
            )
        if self.sign_in == "oidc" and not (self.oidc_issuer and self.oidc_client_id):
            raise ValueError(
                "oidc_issuer and oidc_client_id: are needed with PORTAL_SIGN_IN=oidc; for a first look on this machine "
                "set PORTAL_SIGN_IN=local"
            )
        if not self.database.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("database_url: is neither sqlite:///FILE nor postgresql://USER@HOST/NAME")
        return self


def load() -> PortalSettings:
    """The settings in the environment.

    Raises:
        SetupError: they have mistakes; one line each.
    """
    try:
        return PortalSettings()
    except ValidationError as error:
        lines = [
            ": ".join([*(f"PORTAL_{str(key).upper()}" for key in detail["loc"][:1]), detail["msg"]])
            for detail in error.errors(include_url=False, include_input=False)
        ]
        raise SetupError("\n".join(lines)) from None
