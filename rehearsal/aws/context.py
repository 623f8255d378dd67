"""What an operation on one resource works with: the region, the calls, the names of things."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.aws.calls import Aws, AwsError
from rehearsal.aws.kind import Read
from rehearsal.aws.recorded import Records
from rehearsal.aws.shapes import path_of
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import Properties, Value
from rehearsal.sandbox import ACCOUNT, Sandbox

if TYPE_CHECKING:
    import threading


def partition_of(region: str) -> str:
    """The partition a region belongs to."""
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws-cn" if region.startswith("cn-") else "aws"


@dataclass(frozen=True, kw_only=True)
class Context:
    """One resource, one operation on it."""

    sandbox: Sandbox
    aws: Aws
    records: Records
    resource: Resource
    region: str
    cancelled: "threading.Event"
    timeout: float = 0.0
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Calls that change something carry it: the same call again under the same token is made once."""

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Call an AWS operation."""
        return self.aws.call(service, self.region, operation, params, self.token)

    def look(self, service: str, read: Read, properties: Mapping[str, Value]) -> Any:
        """Look something up; None if it is gone."""
        try:
            answer = self.aws.call(service, self.region, read.operation, self.fill(read.arguments, properties))
        except AwsError as error:
            if error.gone:
                return None
            raise
        found = path_of(answer, read.path)
        if found is not None and read.gone and path_of(found, read.gone[0]) in read.gone[1]:
            return None
        return found

    def fill(self, template: Any, properties: Mapping[str, Value]) -> Any:
        """A template with the values of properties, the account, the region and the partition put in."""
        if isinstance(template, str):
            if template.startswith("{") and template.endswith("}") and template.count("{") == 1:
                return self.facts(properties)[template[1:-1]]  # a value of its own type
            return template.format_map(self.facts(properties))
        if isinstance(template, Mapping):
            return {key: self.fill(value, properties) for key, value in template.items()}
        if isinstance(template, list | tuple):
            return [self.fill(value, properties) for value in template]
        return template

    def facts(self, properties: Mapping[str, Value]) -> Properties:
        """What templates can speak of."""
        partition = partition_of(self.region)
        return {
            "account": ACCOUNT,
            "partition": partition,
            "dns": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
            **properties,
            "region": self.region,
        }
