"""ServiceAccount tokens, and the role that EKS's pod identity webhook would have put into a pod."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from rehearsal.controlplane.errors import NotFoundError
from rehearsal.images.container import Mount
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.environment import ConfigError

ROLE = "eks.amazonaws.com/role-arn"
_SKIPPED = "eks.amazonaws.com/skip-containers"
_AUDIENCE = "sts.amazonaws.com"
_MOUNT = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
_SECONDS = 86400


async def token(api: Api, pod: Object, audience: str | None, seconds: int) -> str:
    """A token of the pod's ServiceAccount, bound to the pod.

    Raises:
        ConfigError: the ServiceAccount is gone.
    """
    meta = pod["metadata"]
    account = pod["spec"].get("serviceAccountName", "default")
    bound = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
    spec = {"expirationSeconds": seconds, "boundObjectRef": bound} | ({"audiences": [audience]} if audience else {})
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    path = f"/api/v1/namespaces/{meta['namespace']}/serviceaccounts/{account}/token"
    try:
        answer = await api.create(path, request)
    except NotFoundError as error:
        raise ConfigError(f'serviceaccount "{account}" not found') from error
    return str(answer["status"]["token"])


async def role_of(pod: Object, container: str, api: Api) -> str:
    """ARN of the role of the pod's ServiceAccount; empty without one, and for containers that the pod excludes.

    Raises:
        ConfigError: the ServiceAccount is gone.
    """
    if container in (pod["metadata"].get("annotations") or {}).get(_SKIPPED, "").split(","):
        return ""
    account = pod["spec"].get("serviceAccountName", "default")
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/serviceaccounts/{account}"
    try:
        found = await api.get(path)
    except NotFoundError as error:
        raise ConfigError(f'serviceaccount "{account}" not found') from error
    return str(found["metadata"].get("annotations", {}).get(ROLE, ""))


async def give(
    role: str, *, add: Callable[[Object], Awaitable[Path]], aws_url: str, region: str
) -> tuple[dict[str, str], list[Mount]]:
    """Environment and mounts through which every AWS SDK finds AWS, and the role if there is one.

    Args:
        role: ARN of the role of the pod's ServiceAccount; empty without one.
        add: Makes a volume of the pod, as the webhook adds it to the pod's spec.
        aws_url: Where pods reach AWS.
        region: Region of the pod's node.
    """
    # The SDK for Go resolves web identity credentials before the endpoint of all services: STS needs its own.
    # (aws/aws-sdk-go-v2 config/config.go, defaultAWSConfigResolvers)
    variables = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"), aws_url)
    variables |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if not role:
        return variables, []
    token = {"path": "token", "audience": _AUDIENCE, "expirationSeconds": _SECONDS}
    host = await add({"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": token}]}})
    variables |= {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{_MOUNT}/token"}
    return variables, [Mount(path=_MOUNT, host=str(host), read_only=True)]
