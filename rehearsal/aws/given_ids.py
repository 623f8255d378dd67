"""Ids that the settings of a stack name: what is there before a stack is made in moto under these, not under drawn ones."""

GIVEN = "given_"
"""Start of the request's token; the id follows."""


def given_id(token: str | None) -> str:
    """The id that a request's token names; empty for the tokens of others."""
    return token.removeprefix(GIVEN) if token and token.startswith(GIVEN) else ""
