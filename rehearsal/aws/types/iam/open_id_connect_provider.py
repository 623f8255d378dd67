"""IAM OpenID Connect providers."""

import re
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, UpdateCall
from rehearsal.aws.types.iam.shared import iam_tags
from rehearsal.plugins.wire import Properties


def _https_url(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that the URL has the scheme https."""
    url = text_of(inputs.get("url"))
    if url is not None and not re.fullmatch(r"https://[^/\s]+\S*", url):
        return [("url", f"{url} must begin with https://")]
    return []


class OpenIdConnectProviderHandler(ResourceHandler):
    """An OIDC provider; AWS keeps its URL without the scheme."""

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs, with the scheme of the URL that AWS omits."""
        now = super().current_inputs(context, resource_id, inputs, found)
        if found.get("Url") and inputs.get("url", "").removeprefix("https://") == found["Url"]:
            now["url"] = inputs["url"]
        return now

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with the URL as AWS returns it, without scheme, as the real provider does."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs["url"] = str(outputs["url"]).removeprefix("https://")
        return outputs


TYPE = ResourceType(
    token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    service="iam",
    create="create_open_id_connect_provider",
    id="OpenIDConnectProviderArn",
    read=Lookup(operation="get_open_id_connect_provider", arguments={"OpenIDConnectProviderArn": "{id}"}),
    delete=("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": "{id}"}),
    renames={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"},
    # AWS can change the client ids in place; moto has no operation for it.
    replace=frozenset({"url", "clientIdLists"}),
    updates=(
        UpdateCall(
            properties=("thumbprintLists",),
            operation="update_open_id_connect_provider_thumbprint",
            arguments={"OpenIDConnectProviderArn": "{id}"},
        ),
    ),
    tags=iam_tags("open_id_connect_provider", "OpenIDConnectProviderArn"),
    outputs={"arn": "{id}", "thumbprintLists": "ThumbprintList"},
    checks=(_https_url,),
    handler=OpenIdConnectProviderHandler,
)
