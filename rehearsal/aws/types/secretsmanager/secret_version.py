"""Values of secrets of Secrets Manager."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


class SecretVersionHandler(ResourceHandler):
    """A version of a secret's value; it is deleted with the secret."""

    def id_of(self, context: ResourceContext, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """Return the secret and the version."""
        return f"{inputs['secretId']}|{answer['VersionId']}"

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the version by its id."""
        version = resource_id.rpartition("|")[2]
        return super().read(context, resource_id, {**properties, "versionId": version})


TYPE = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    create="put_secret_value",
    id="{secretId}|",
    read=Lookup(operation="get_secret_value", arguments={"SecretId": "{secretId}", "VersionId": "{versionId}"}),
    skip=frozenset({"versionId"}),
    replace=frozenset({"secretId", "secretString", "secretBinary"}),
    outputs={"arn": "ARN", "secretArn": "ARN", "versionId": "VersionId"},
    empty={"hasSecretStringWo": False, "versionStages": ["AWSCURRENT"]},
    handler=SecretVersionHandler,
)
