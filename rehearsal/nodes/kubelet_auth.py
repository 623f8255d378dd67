"""Who may use a kubelet's API: client certificates and bearer tokens, each request checked as kubelet checks it.

With ``--authentication-token-webhook`` and ``--authorization-mode=Webhook``, as on EKS nodes: a TokenReview finds the
user, a SubjectAccessReview of the Node's subresource decides (kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz).
"""

import time
from typing import Any

from rehearsal.controlplane.pki import User
from rehearsal.nodes.api import Api

_TOKEN_SECONDS, _ALLOWED_SECONDS, _DENIED_SECONDS = 120.0, 300.0, 30.0
_VERBS = {"POST": "create", "GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_SUBRESOURCES = {"metrics": "metrics", "stats": "stats", "logs": "log", "spec": "spec"}


class KubeletAuth:
    """Decides with the API server's help; answers are kept for a while, as kubelet keeps them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._users: dict[str, tuple[float, User | None]] = {}
        self._decisions: dict[tuple[User, str, str, str], tuple[float, bool]] = {}

    async def user_of(self, certificate: dict[str, Any] | None, authorization: str) -> User | None:
        """The user of a request; None if it has neither a certificate nor a good token.

        Args:
            certificate: The verified client certificate, as `ssl.SSLSocket.getpeercert` gives it.
            authorization: The header of this name.
        """
        if certificate:
            return _of_certificate(certificate)
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            return None
        until, user = self._users.get(token, (0.0, None))
        if time.monotonic() >= until:
            review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
            status = (await self._api.create("/apis/authentication.k8s.io/v1/tokenreviews", review))["status"]
            found = status.get("user", {})
            user = (
                User(name=found["username"], groups=tuple(found.get("groups", ())))
                if status.get("authenticated")
                else None
            )
            self._users = _fresh(self._users) | {token: (time.monotonic() + _TOKEN_SECONDS, user)}
        return user

    async def allowed(self, user: User, method: str, path: str, node: str) -> bool:
        """Whether RBAC lets the user do this with the node's kubelet."""
        verb, subresource = _VERBS.get(method, "get"), _SUBRESOURCES.get(path.split("/")[1], "proxy")
        key = (user, verb, subresource, node)
        until, answer = self._decisions.get(key, (0.0, False))
        if time.monotonic() >= until:
            attributes = {"verb": verb, "version": "v1", "resource": "nodes", "subresource": subresource, "name": node}
            spec = {"user": user.name, "groups": list(user.groups), "resourceAttributes": attributes}
            review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
            status = (await self._api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review))["status"]
            answer = bool(status.get("allowed"))
            seconds = _ALLOWED_SECONDS if answer else _DENIED_SECONDS
            self._decisions = _fresh(self._decisions) | {key: (time.monotonic() + seconds, answer)}
        return answer


def _of_certificate(certificate: dict[str, Any]) -> User:
    """Common name and organizations, as the API server reads them."""
    fields = [pair for part in certificate.get("subject", ()) for pair in part]
    names = [value for key, value in fields if key == "commonName"]
    groups = tuple(value for key, value in fields if key == "organizationName")
    return User(name=names[0] if names else "", groups=groups)


def _fresh(kept: dict[Any, tuple[float, Any]]) -> dict[Any, tuple[float, Any]]:
    now = time.monotonic()
    return {key: value for key, value in kept.items() if value[0] > now}
