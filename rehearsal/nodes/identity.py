"""ServiceAccount tokens, and the role that EKS's pod identity webhook would have put into a pod."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from rehearsal.controlplane.errors import NotFoundError
from rehearsal.images.container import Mount
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.environment import ConfigError
from rehearsal.sandbox import Sandbox

ROLE = "eks.amazonaws.com/role-arn"
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


async def give(
    pod: Object, folder: Path, *, api: Api, token: Callable[[str | None, int], Awaitable[str]], sandbox: Sandbox
) -> tuple[dict[str, str], list[Mount]]:
    """Environment and mount through which every AWS SDK finds the role of the pod's ServiceAccount; empty without one."""
    account = pod["spec"].get("serviceAccountName", "default")
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/serviceaccounts/{account}"
    try:
        found = await api.get(path)
    except NotFoundError as error:
        raise ConfigError(f'serviceaccount "{account}" not found') from error
    endpoint = {"AWS_ENDPOINT_URL": sandbox.aws_url}
    role = found["metadata"].get("annotations", {}).get(ROLE)
    if not role:
        return endpoint, []
    host = folder / "aws-iam-token"
    host.mkdir(parents=True, exist_ok=True)
    file = host / "token"
    file.write_text(await token(_AUDIENCE, _SECONDS))
    file.chmod(0o600)
    variables = {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{_MOUNT}/token"}
    return endpoint | variables, [Mount(path=_MOUNT, host=str(host), read_only=True)]
