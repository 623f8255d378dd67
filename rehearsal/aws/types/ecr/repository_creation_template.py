"""Repository creation templates of Amazon ECR."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.types.ecr.shared import repository_prefix
from rehearsal.plugins.wire import Properties

_LONGEST_PREFIX = 256


def _custom_role(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that tags have a role that can set them (Amazon ECR User Guide, "Creating a repository creation template")."""
    if inputs.get("resourceTags") and not inputs.get("customRoleArn"):
        return [("customRoleArn", "is needed for resourceTags")]
    return []


TYPE = ResourceType(
    token="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    id="{prefix}",
    replace=frozenset({"prefix"}),
    outputs={"registryId": "{account}"},
    defaults={"imageTagMutability": "MUTABLE"},
    taggable=False,
    checks=(repository_prefix("prefix", _LONGEST_PREFIX), _custom_role),
    note="no repository is made of it",
)
