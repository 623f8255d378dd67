"""Settings of the budget: what the stack may cost at most, and at which prices."""

from typing import Annotated

from pydantic import AfterValidator, Field

from settings.models.base import SettingsModel, Text
from settings.models.pools import known_type


class BudgetSettings(SettingsModel):
    """What the stack may cost."""

    usd_per_month: float = Field(gt=0, allow_inf_nan=False)
    """US dollars a month of 730 hours, with every pool at its max or limits and spot at the on-demand price."""
    instance_usd_per_hour: dict[
        Annotated[Text, AfterValidator(known_type)], Annotated[float, Field(ge=0, allow_inf_nan=False)]
    ] = Field(default_factory=dict)
    """Instance type to your own price an hour, where it is not the list price of us-east-1."""
