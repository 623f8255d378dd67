"""The signed-in user: roles and tokens."""

from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from portal.api.idempotency import IdempotentRoute, IdempotentSecretRoute
from portal.db.people import ApiToken
from portal.errors import ForbiddenError
from portal.http.current_user import CurrentUserDep, PortalDeps, Reader, Writer
from portal.identity import people
from portal.security import audit, forms

router = APIRouter(prefix="/api/v1", route_class=IdempotentRoute, tags=["account"])
secrets_router = APIRouter(prefix="/api/v1", route_class=IdempotentSecretRoute, tags=["account"])
"""Routes whose response has a secret."""


class Me(BaseModel):
    """The signed-in user."""

    login: str
    name: str
    roles: dict[str, str]
    """Team to role; * is every team."""


class TokenRequest(BaseModel):
    """A token for a machine."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    days: int = Field(default=90, ge=1, le=365)
    read_only: bool = False


class TokenView(BaseModel):
    """A token, without its value."""

    id: str
    name: str
    read_only: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(BaseModel):
    """A token, with its value; it is shown this once."""

    id: str
    token: str


class FormToken(BaseModel):
    """Form token that a script in a browser sends in X-CSRF-Token; for one request."""

    token: str


@router.get("/me")
def me(actor: Reader) -> Me:
    """Get the signed-in user."""
    return Me(login=actor.login, name=actor.name, roles={team: str(role) for team, role in actor.roles.items()})


@router.get("/form-token")
def form_token(user: CurrentUserDep) -> FormToken:
    """A token for the next changing request of this browser."""
    if user.sign_in is None:
        raise ForbiddenError("machines need no form token")
    return FormToken(token=forms.token(user.sign_in))


@router.get("/tokens")
def list_tokens(deps: PortalDeps, actor: Reader) -> list[TokenView]:
    """Your tokens."""
    with deps.read_context(actor) as context:
        query = select(ApiToken).where(ApiToken.person_id == actor.id).order_by(ApiToken.created_at)
        return [TokenView.model_validate(token, from_attributes=True) for token in context.session.scalars(query)]


@secrets_router.post("/tokens", status_code=status.HTTP_201_CREATED)
def make_token(body: TokenRequest, deps: PortalDeps, actor: Writer) -> NewToken:
    """Make a token; its value is not kept and not shown again."""
    with deps.write_context(actor) as context:
        token, value = people.make_token(context.session, actor, body.name, body.days, read_only=body.read_only)
        audit.note(context.session, actor, "token.make", token.id, detail=body.name)
        return NewToken(id=token.id, token=value)


@router.delete("/tokens/{token_id}")
def revoke_token(token_id: str, deps: PortalDeps, actor: Writer) -> TokenView:
    """Revoke one of your tokens."""
    with deps.write_context(actor) as context:
        token = people.revoke_token(context.session, actor, token_id)
        audit.note(context.session, actor, "token.revoke", token.id)
        return TokenView.model_validate(token, from_attributes=True)
