"""Repositories of Amazon ECR that the stack's pull-through caches have filled: ECR makes them, without tags."""

from collections.abc import Iterator

from planner.units import GIB
from residue.context import Context
from residue.resource import Resource
from settings.models.mirrors import UPSTREAMS

STORED_USD_PER_GIB_MONTH = 0.1
"""Private repositories, US dollars a GB and month (Amazon ECR price page)."""


def find(context: Context) -> Iterator[Resource]:
    """Repositories below the prefixes of the stack's rules, whether or not it has the rules still."""
    base = context.owner.image_prefix
    if base is None:
        return
    prefixes = tuple(f"{base}/{upstream.name}/" for upstream in UPSTREAMS)
    for one in context.cloud.pages("ecr", "describe_repositories", "repositories"):
        name = str(one["repositoryName"])
        if not name.startswith(prefixes):
            continue
        images = list(context.cloud.pages("ecr", "describe_images", "imageDetails", repositoryName=name))
        gib = sum(image.get("imageSizeInBytes", 0) for image in images) / GIB
        yield Resource(
            kind="ECR repository",
            id=name,
            detail=f"{gib:.1f} GiB, {len(images)} image{'s' if len(images) != 1 else ''}",
            found_by=f"name {base}/*",
            usd_per_month=gib * STORED_USD_PER_GIB_MONTH,
            command=context.command("ecr", "delete-repository", "--force", "--repository-name", name),
        )
