"""The aws provider: resource types and functions of the emulator as hooks."""

import json
from collections.abc import Sequence

from rehearsal.aws import functions
from rehearsal.aws.client import AwsClient, AwsError, UnreachableError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.differences import computed_kept, difference
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.ledger import Attempt, Ledger
from rehearsal.aws.records import Records
from rehearsal.aws.registry import TYPES
from rehearsal.aws.resource_type import ResourceType
from rehearsal.plugins.errors import InitFailedError, ProviderError, UnknownTypeError
from rehearsal.plugins.provider import Checked, Created, Diff, Failure, Provider, Read, Resource
from rehearsal.plugins.wire import UNKNOWN, Properties, Value, contains_unknown
from rehearsal.sandbox import Sandbox

_DOCUMENTS = frozenset({"assumeRolePolicy", "policy"})
_SUFFIX_LENGTH = 8  # a hyphen and seven digits


def _document(key: str, value: Value) -> Value:
    """Return a policy that is an object as text, as the real provider does."""
    if key not in _DOCUMENTS or not isinstance(value, dict | list):
        return value
    return UNKNOWN if contains_unknown(value) else json.dumps(value, sort_keys=True, separators=(",", ":"))


class AwsProvider(Provider):
    """``pulumi-resource-aws`` over a sandbox's moto."""

    package = "aws"
    version = "7.51.1"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._aws = AwsClient(sandbox)
        self._records = Records(sandbox.aws / "recorded.sqlite")
        self._ledger = Ledger(sandbox.aws / "ledger.sqlite")
        self._region = "us-east-1"
        self._tags: dict[str, str] = {}

    def check_config(self, inputs: Properties) -> Checked:
        """Reject settings that lead out of the sandbox."""
        if inputs.get("endpoints"):
            failure = Failure(property="endpoints", reason="the rehearsal has its own endpoint for every service")
            return Checked(inputs=inputs, failures=[failure])
        return Checked(inputs=inputs)

    def configure(self, inputs: Properties) -> None:
        """Take region and default tags; nested settings come as JSON text."""
        self._region = inputs.get("region") or self._region
        tags = inputs.get("defaultTags") or {}
        tags = json.loads(tags) if isinstance(tags, str) else tags
        self._tags = dict((tags or {}).get("tags") or {})

    def check(self, resource: Resource, olds: Properties, news: Properties, random_seed: bytes) -> Checked:
        """Fill in default tags and a name, and return what AWS would reject."""
        resource_type = self._type(resource)
        inputs = {key: _document(key, value) for key, value in news.items() if value is not None}
        if resource_type.tags and self._tags and not isinstance(inputs.get("tags"), type(UNKNOWN)):
            inputs["tags"] = {**self._tags, **(inputs.get("tags") or {})}
        if resource_type.name and inputs.get(resource_type.name) is None:
            self._name(resource_type, resource, olds, inputs)
        context = self._context(resource, inputs)
        problems = [problem for check in resource_type.checks for problem in check(context, inputs)]
        failures = [Failure(property=path, reason=reason) for path, reason in problems]
        return Checked(inputs=inputs, failures=failures)

    def _name(self, resource_type: ResourceType, resource: Resource, olds: Properties, inputs: Properties) -> None:
        """Set a name as the real provider generates it; a resource keeps its name."""
        if resource_type.name in (olds.get("__defaults") or []):
            inputs[resource_type.name] = olds[resource_type.name]
        else:
            prefix = inputs.get(f"{resource_type.name}Prefix")
            suffix = self._ledger.next(resource.urn).suffix
            if isinstance(prefix, str):
                inputs[resource_type.name] = prefix + suffix
            else:
                start = resource.name.lower() if resource_type.token.startswith("aws:s3/") else resource.name
                start = f"alias/{start}" if resource_type.token.startswith("aws:kms/alias:") else start
                inputs[resource_type.name] = f"{start[: resource_type.name_length - _SUFFIX_LENGTH]}-{suffix}"
        inputs["__defaults"] = sorted({*(inputs.get("__defaults") or []), resource_type.name})

    def diff(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        """Compare inputs, and note that the engine knows the resource."""
        self._ledger.confirm(resource.urn, resource_id)
        return difference(self._type(resource), old_inputs, news, list(ignore_changes))

    def create(self, resource: Resource, inputs: Properties, *, preview: bool, timeout: float) -> Created:
        """Create it under the token of the ledger."""
        resource_type = self._type(resource)
        if preview:
            return Created(id="", outputs=self._foreseen(resource_type, resource, inputs))
        attempt = self._ledger.next(resource.urn)
        if attempt.inputs is not None and attempt.inputs != inputs:
            self._remove_orphan(resource, attempt)
            attempt = self._ledger.next(resource.urn)
        self._ledger.open(attempt, inputs)
        context = self._context(resource, inputs, token=attempt.token, timeout=timeout)
        handler = resource_type.make_handler()
        resource_id, outputs = self._make(context, handler, inputs, attempt)
        self._ledger.made(attempt, resource_id)
        self._wait(context, handler, resource_id, inputs, outputs)
        return Created(id=resource_id, outputs=outputs)

    def _make(
        self, context: ResourceContext, handler: ResourceHandler, inputs: Properties, attempt: Attempt
    ) -> tuple[str, Properties]:
        try:
            resource_id = handler.create(context, inputs)
        except UnreachableError:
            raise  # it may have been made: the attempt stays open
        except ProviderError:
            if attempt.inputs is None:
                # Refused at the first try: nothing was made, the next is a new attempt.
                self._ledger.close(attempt)
            raise
        try:
            handler.finish(context, resource_id, inputs)
            found = handler.read(context, resource_id, inputs)
            return resource_id, handler.outputs(context, resource_id, inputs, found, {})
        except UnreachableError:
            raise
        except ProviderError:
            handler.delete(self._context(context.resource, inputs), resource_id, inputs, {})
            self._ledger.close(attempt)
            raise

    def _remove_orphan(self, resource: Resource, attempt: Attempt) -> None:
        """Complete what a killed run started with other inputs, and delete it."""
        inputs = attempt.inputs or {}
        handler = self._type(resource).make_handler()
        context = self._context(resource, inputs, token=attempt.token)
        try:
            resource_id, outputs = self._make(context, handler, inputs, attempt)
        except UnreachableError:
            raise
        except ProviderError:
            self._ledger.close(attempt)  # it cannot be completed
            return
        handler.delete(self._context(resource, inputs), resource_id, inputs, outputs)
        self._ledger.close(attempt)

    def _foreseen(self, resource_type: ResourceType, resource: Resource, inputs: Properties) -> Properties:
        """Return the outputs that a preview knows: the inputs, and what follows from them."""
        outputs = {**resource_type.defaults, **{key: value for key, value in inputs.items() if key != "__defaults"}}
        if resource_type.regional:
            outputs["region"] = self._context(resource, inputs).region
        if resource_type.has_tags:
            outputs["tagsAll"] = inputs.get("tags") or {}
        return {key: value for key, value in outputs.items() if key not in resource_type.outputs or key in inputs}

    def _wait(
        self,
        context: ResourceContext,
        handler: ResourceHandler,
        resource_id: str,
        inputs: Properties,
        outputs: Properties,
    ) -> None:
        try:
            handler.wait(context, resource_id, inputs, outputs)
        except ProviderError as error:
            raise InitFailedError(resource_id, outputs, inputs, [str(error)]) from error

    def read(self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties) -> Read | None:
        """Read it; what AWS does not return is taken from the state."""
        self._ledger.confirm(resource.urn, resource_id)
        resource_type = self._type(resource)
        handler = resource_type.make_handler()
        context = self._context(resource, {**outputs, **inputs})
        found = handler.read(context, resource_id, {**outputs, **inputs})
        if found is None:
            return None
        if not inputs and not outputs:
            raise ProviderError(
                f"{resource.type} {resource_id}: the rehearsal cannot import resources or read others' (`get`)"
            )
        now = handler.current_inputs(context, resource_id, inputs, found)
        return Read(id=resource_id, inputs=now, outputs=handler.outputs(context, resource_id, now, found, outputs))

    def update(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
        preview: bool,
        timeout: float,
    ) -> Properties:
        """Change it in place."""
        self._ledger.confirm(resource.urn, resource_id)
        resource_type = self._type(resource)
        handler = resource_type.make_handler()
        if preview or contains_unknown(news):
            hidden = handler.unknown_after_update(old_inputs, news)
            foreseen = computed_kept(old_inputs, old_outputs, self._foreseen(resource_type, resource, news))
            return {**foreseen, **dict.fromkeys(hidden, UNKNOWN)}
        context = self._context(resource, news, timeout=timeout)
        handler.update(context, resource_id, old_inputs, news, old_outputs)
        found = handler.read(context, resource_id, news)
        if found is None:
            raise ProviderError(f"{resource_id} no longer exists; run `pulumi refresh`")
        outputs = handler.outputs(context, resource_id, news, found, old_outputs)
        self._wait(context, handler, resource_id, news, outputs)
        return outputs

    def delete(
        self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties, *, timeout: float
    ) -> None:
        """Delete it in the order that AWS requires; it can be deleted already."""
        self._ledger.confirm(resource.urn, resource_id)
        resource_type = self._type(resource)
        handler = resource_type.make_handler()
        known = {**outputs, **inputs}
        context = self._context(resource, known, timeout=timeout)
        if handler.read(context, resource_id, known) is None:
            return
        for guard in resource_type.guards:
            guard(context, resource_id, known)
        try:
            handler.delete(context, resource_id, known, outputs)
        except AwsError as error:
            if not error.not_found:
                raise

    def invoke(self, token: str, args: Properties) -> Properties:
        """Call a function, which reads moto or a table of the emulator."""
        function = functions.FUNCTIONS.get(token)
        if function is None:
            raise UnknownTypeError(self.package, token)
        region = args.get("region") or self._region
        resource = Resource(urn="", type=token, name="")
        return function(self._context(resource, {"region": region}), args)

    def _type(self, resource: Resource) -> ResourceType:
        found = TYPES.get(resource.type)
        if found is None:
            raise UnknownTypeError(self.package, resource.type)
        return found

    def _context(
        self, resource: Resource, inputs: Properties, *, token: str = "", timeout: float = 0.0
    ) -> ResourceContext:
        region = inputs.get("region")
        more = {"token": token} if token else {}
        return ResourceContext(
            sandbox=self._sandbox,
            aws=self._aws,
            records=self._records,
            resource=resource,
            region=region if isinstance(region, str) else self._region,
            cancelled=self.cancelled,
            timeout=timeout,
            **more,
        )
