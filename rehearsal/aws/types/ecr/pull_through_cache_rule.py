"""Pull-through cache rules of Amazon ECR."""

import re

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.types.ecr.shared import repository_prefix
from rehearsal.plugins.wire import Properties

_LONGEST_PREFIX = 30
_WITHOUT_CREDENTIALS = frozenset({"public.ecr.aws", "registry.k8s.io", "quay.io"})
_WITH_CREDENTIALS = frozenset({"registry-1.docker.io", "ghcr.io", "registry.gitlab.com", "cgr.dev"})
_SECRET = re.compile(r"arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr-pullthroughcache/[a-zA-Z0-9/_+=.@-]+")


def _upstream(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the registry and its secret (Amazon ECR API Reference, CreatePullThroughCacheRule)."""
    url, secret = text_of(inputs.get("upstreamRegistryUrl")), text_of(inputs.get("credentialArn"))
    problems: Failures = []
    known = _WITHOUT_CREDENTIALS | _WITH_CREDENTIALS
    if url is not None and url not in known and not url.endswith((".azurecr.io", ".amazonaws.com")):
        problems.append(("upstreamRegistryUrl", f"{url} is not one of {', '.join(sorted(known))}"))
    if url in _WITH_CREDENTIALS and not inputs.get("credentialArn"):
        problems.append(("credentialArn", f"is needed for {url}"))
    if secret is not None and not _SECRET.fullmatch(secret):
        problems.append(("credentialArn", f"{secret} is not a secret whose name begins with ecr-pullthroughcache/"))
    return problems


TYPE = ResourceType(
    token="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
    id="{ecrRepositoryPrefix}",
    replace=frozenset({"ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"}),
    outputs={"registryId": "{account}"},
    taggable=False,
    checks=(repository_prefix("ecrRepositoryPrefix", _LONGEST_PREFIX), _upstream),
    note="nodes have the images of a prefix by their names in the upstream registry; nothing is imported, and no repository made",
)
