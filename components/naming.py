"""Tags, labels and names of the stack that the program deploys."""

import pulumi

from settings.derived.naming import Naming
from settings.models.stack import PlatformSettings, TeamSettings


def stack_naming(settings: PlatformSettings | TeamSettings) -> Naming:
    """Naming of the current Pulumi stack, by its settings."""
    return Naming(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        owner=settings.owner,
        cost_center=settings.cost_center,
        extra_tags=settings.tags,
    )
