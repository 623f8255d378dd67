"""From a form's fields to a request's schema; mistakes read as they do in the API."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from portal.errors import InvalidError, validation_lines

_M = TypeVar("_M", bound=BaseModel)


async def form_of(request: Request) -> FormData:
    """The fields that were sent."""
    return await request.form()


Form = Annotated[FormData, Depends(form_of)]


def text(form: FormData, name: str) -> str:
    """A field's text, without spaces around it; empty when it was not sent."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def parse(model: type[_M], /, **values: Any) -> _M:
    """Return the model of these values; empty ones are omitted.

    Raises:
        InvalidError: they make no sense.
    """
    given = {name: value for name, value in values.items() if value not in ("", None)}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidError(*validation_lines(error.errors(include_url=False))) from None
