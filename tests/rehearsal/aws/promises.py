"""What the SDK's types promise of a resource's outputs."""

import importlib
from keyword import iskeyword
from typing import Any

# Outputs that the stand-in cannot tell: `hostedZoneId` is one per region.
ABSENT = {"aws:s3/bucket:Bucket": {"hostedZoneId"}}


def promises(token: str) -> tuple[set[str], set[str]]:
    """Outputs that are texts, numbers, lists or maps and never None, and all outputs there are.

    Blocks (`outputs.NodeGroupScalingConfig`) are left out of the first: the real provider has none where AWS has none.
    """
    _, path, name = token.split(":")
    package = path.split("/")[0]
    # The package of Lambda has the name of a keyword.
    resource: Any = getattr(importlib.import_module(f"pulumi_aws.{package}{'_' if iskeyword(package) else ''}"), name)
    getters = [prop.fget for prop in vars(resource).values() if isinstance(prop, property)]
    shapes = {getattr(get, "_pulumi_name", get.__name__): str(get.__annotations__.get("return")) for get in getters}
    sure = {
        name
        for name, shape in shapes.items()
        if "Optional" not in shape and ("ForwardRef" not in shape or "typing.Sequence" in shape)
    }
    return sure, set(shapes)
