"""Lambda functions whose code is an archive of files."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import to_params
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Asset, Properties, Value

_ARN = "arn:{partition}:lambda:{region}:{account}:function:{id}"
_APART = frozenset({"code", "reservedConcurrentExecutions", "publish", "skipDestroy"})
"""Properties that no call takes as they are."""
_AT_BIRTH = frozenset({"architectures", "name", "packageType"})
"""Properties that ``update_function_configuration`` does not take."""
_LONGEST_SECONDS = 900


def zipped(code: Value) -> bytes:
    """Return the code as the zip file that AWS gets, the same bytes for the same files."""
    if not isinstance(code, Asset) or not code.archive:
        raise ProviderError("Function: code is an AssetArchive or a FileArchive")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_files(code)):
            archive.writestr(zipfile.ZipInfo(name), content)
    return memory.getvalue()


def _files(code: Asset) -> Iterator[tuple[str, bytes]]:
    assets = code.fields.get("assets")
    if isinstance(assets, Mapping):
        for name, asset in assets.items():
            yield name, _content(name, asset)
        return
    root = Path(str(code.fields.get("path")))
    if not root.is_dir():
        raise ProviderError(f"Function: code {root} is not a folder")
    for file in sorted(root.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(root)), file.read_bytes()


def _content(name: str, asset: Value) -> bytes:
    if not isinstance(asset, Asset) or asset.archive or asset.fields.get("uri"):
        raise ProviderError(f"Function: code {name} is a FileAsset or a StringAsset")
    if asset.fields.get("text") is not None:
        return str(asset.fields["text"]).encode()
    try:
        return Path(str(asset.fields["path"])).read_bytes()
    except OSError as error:
        raise ProviderError(f"Function: code {asset.fields['path']}: {error.strerror}") from error


def _limits(_: ResourceContext, inputs: Properties) -> Failures:
    """Check timeout, code and the target of failures."""
    problems: Failures = []
    timeout = inputs.get("timeout")
    if isinstance(timeout, int) and not 1 <= timeout <= _LONGEST_SECONDS:
        problems.append(("timeout", f"{timeout} is not within 1 to {_LONGEST_SECONDS}"))
    if all(inputs.get(key) is None for key in ("code", "imageUri", "s3Bucket")):
        problems.append(("code", "one of code, imageUri and s3Bucket is needed"))
    letters = inputs.get("deadLetterConfig")
    target = text_of(letters.get("targetArn")) if isinstance(letters, Mapping) else None
    if target is not None and target.split(":")[2:3] not in (["sqs"], ["sns"]):
        problems.append(("deadLetterConfig.targetArn", f"{target} is neither a queue nor a topic"))
    return problems


class FunctionHandler(ResourceHandler):
    """A function: code, configuration and concurrency are calls of their own."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with the code as a zip file."""
        plain = {key: value for key, value in inputs.items() if key not in _APART}
        return {**super().create_params(context, plain), "Code": {"ZipFile": zipped(inputs["code"])}}

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Reserve its concurrency."""
        super().finish(context, resource_id, inputs)
        if inputs.get("reservedConcurrentExecutions") is not None:
            self._reserve(context, resource_id, inputs)

    def _reserve(self, context: ResourceContext, name: str, inputs: Properties) -> None:
        number = inputs["reservedConcurrentExecutions"]
        context.call("lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=number)

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the configuration with the concurrency."""
        found = super().read(context, resource_id, properties)
        if found is None:
            return None
        reserved = found.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        return {**found["Configuration"], "ReservedConcurrentExecutions": reserved}

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Update tags, code, configuration and concurrency, as far as they differ."""
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, old, same, outputs)
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)} - {"tags", "tagsAll", "__defaults"}
        if "code" in changed:
            context.call("lambda", "update_function_code", FunctionName=resource_id, ZipFile=zipped(new["code"]))
        if "reservedConcurrentExecutions" in changed:
            if new.get("reservedConcurrentExecutions") is None:
                context.call("lambda", "delete_function_concurrency", FunctionName=resource_id)
            else:
                self._reserve(context, resource_id, new)
        configured = {key: new[key] for key in changed - _APART if new.get(key) is not None}
        if configured:
            operation = "update_function_configuration"
            shape = context.aws.model("lambda", operation).input_shape
            if shape is None or not _AT_BIRTH.isdisjoint(configured):
                raise ProviderError(f"Function: {', '.join(sorted(configured))} cannot be changed in the rehearsal")
            params = to_params(shape, configured, self.spec.renames, "Function")
            context.call("lambda", operation, FunctionName=resource_id, **params)


TYPE = ResourceType(
    token="aws:lambda/function:Function",
    service="lambda",
    create="create_function",
    id="{name}",
    read=Lookup(operation="get_function", arguments={"FunctionName": "{id}"}),
    delete=("delete_function", {"FunctionName": "{id}"}),
    renames={"name": "FunctionName", "kmsKeyArn": "KMSKeyArn"},
    skip=frozenset({"code", "publish", "skipDestroy", "sourceCodeHash"}),
    replace=frozenset({"name", "packageType"}),
    tags=TagCalls(
        member="Tags",
        form="map",
        add="tag_resource",
        remove="untag_resource",
        arguments={"Resource": _ARN},
        read=Lookup(operation="list_tags", arguments={"Resource": _ARN}, path="Tags"),
    ),
    name="name",
    name_length=64,
    outputs={
        "arn": _ARN,
        "codeSha256": "CodeSha256",
        "invokeArn": "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/" + _ARN + "/invocations",
        "lastModified": "LastModified",
        "qualifiedArn": _ARN + ":$LATEST",
        # The provider computes it as AWS does; a refresh has no files to compute it of.
        "sourceCodeHash": "CodeSha256",
        "sourceCodeSize": "CodeSize",
    },
    defaults={
        "architectures": ["x86_64"],
        "memorySize": 128,
        "packageType": "Zip",
        "publish": False,
        "reservedConcurrentExecutions": -1,
        "skipDestroy": False,
        "timeout": 3,
    },
    empty={
        "qualifiedInvokeArn": "",
        "responseStreamingInvokeArn": "",
        "signingJobArn": "",
        "signingProfileVersionArn": "",
        "version": "$LATEST",
    },
    checks=(_limits,),
    handler=FunctionHandler,
    note="no function is run",
)
