"""Context of one operation on one AWS resource: region, API client, record store, idempotency token."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.catalog.partitions import partition_of
from rehearsal.aws.client import AwsClient, AwsError
from rehearsal.aws.records import Records
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import Properties, Value
from rehearsal.sandbox import ACCOUNT, Sandbox


@dataclass(frozen=True, kw_only=True)
class ResourceContext:
    """The resource that an operation is about, and what the operation works with."""

    sandbox: Sandbox
    aws: AwsClient
    records: Records
    resource: Resource
    region: str
    cancelled: threading.Event
    timeout: float = 0.0
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Calls that change something carry it: the same call again under the same token is made once."""

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Call an AWS operation."""
        return self.aws.call(service, self.region, operation, params, self.token)

    def lookup(self, service: str, read: Lookup, properties: Mapping[str, Value]) -> Any:
        """Read a resource; None if it does not exist."""
        try:
            answer = self.aws.call(service, self.region, read.operation, self.fill(read.arguments, properties))
        except AwsError as error:
            if error.not_found:
                return None
            raise
        found = path_of(answer, read.path)
        if found is not None and read.deleted and path_of(found, read.deleted[0]) in read.deleted[1]:
            return None
        return found

    def fill(self, template: Any, properties: Mapping[str, Value]) -> Any:
        """Return a template with the values of properties, the account, the region and the partition filled in.

        Raises:
            ProviderError: the template names a property that the resource does not have.
        """
        if isinstance(template, str):
            try:
                return _filled(template, self._template_values(properties))
            except KeyError as error:
                raise ProviderError(
                    f"{self.resource.type}: the template {template!r} names {error}, which the resource has not at this point; "
                    "use inputs, {id}, {account}, {partition}, {region} or {dns}"
                ) from error
        if isinstance(template, Mapping):
            return {key: self.fill(value, properties) for key, value in template.items()}
        if isinstance(template, list | tuple):
            return [self.fill(value, properties) for value in template]
        return template

    def _template_values(self, properties: Mapping[str, Value]) -> Properties:
        partition = partition_of(self.region)
        return {
            "account": ACCOUNT,
            "partition": partition,
            "dns": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
            **properties,
            "region": self.region,
        }


def _filled(template: str, values: Properties) -> Any:
    if template.startswith("{") and template.endswith("}") and template.count("{") == 1:
        return values[template[1:-1]]  # a value of its own type
    return template.format_map(values)
