"""Images by the names that they have in a pull-through cache of Amazon ECR."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

from rehearsal.images.image_list import ImagePullError
from settings.models.mirrors import UPSTREAMS

RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
_NAME = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<rest>.+)")


def upstream_name(reference: str, records: Path) -> str:
    """The name of an image in its upstream registry; the same name where it is not one of Amazon ECR's.

    Args:
        reference: name of the image as the pod has it.
        records: database in which the AWS provider records rules.

    Raises:
        ImagePullError: it is in Amazon ECR, and no rule is for it.
    """
    found = _NAME.fullmatch(reference)
    if not found:
        return reference
    rest = found["rest"]
    for prefix, url in rules(records).items():
        if rest.startswith(f"{prefix}/"):
            registry = next((one.registry for one in UPSTREAMS if one.url == url), url)
            return f"{registry}/{rest.removeprefix(f'{prefix}/')}"
    repository = re.split(r"[:@]", rest)[0]
    raise ImagePullError(
        f'failed to pull "{reference}": not found: the repository with name {repository!r} does not exist in the registry '
        f"with id {found['account']!r}, and no pull-through cache rule is for it"
    )


def rules(records: Path) -> dict[str, str]:
    """Prefix of repositories to upstream registry, of the rules that the AWS provider has recorded."""
    if not records.exists():
        return {}
    # A connection's own context manager commits and does not close it.
    with contextlib.closing(sqlite3.connect(f"file:{records}?mode=ro", uri=True, timeout=5)) as database:
        rows = database.execute("SELECT inputs FROM recorded WHERE type = ?", (RULE,)).fetchall()
    inputs = [json.loads(row[0]) for row in rows]
    return {str(one["ecrRepositoryPrefix"]).rstrip("/"): str(one["upstreamRegistryUrl"]) for one in inputs}
