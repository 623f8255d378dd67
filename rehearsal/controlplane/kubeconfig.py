"""A kubeconfig as data: read its current context, or write one with a client certificate."""

import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from rehearsal.controlplane.errors import KubeError


class KubeconfigError(KubeError):
    """A kubeconfig that cannot be read, or whose way to authenticate is not supported here."""


@dataclass(frozen=True, kw_only=True)
class Kubeconfig:
    """Server and credentials of one context.

    Attributes:
        server: URL of the API server.
        ca: PEM of the authority that signed the server's certificate.
        certificate: PEM of the client certificate.
        key: PEM of its key.
        namespace: The context's namespace.
        name: What cluster, user and context are called.
    """

    server: str
    ca: str
    certificate: str
    key: str
    namespace: str = "default"
    name: str = "rehearsal"

    @classmethod
    def parse(cls, text: str, context: str | None = None) -> Self:
        """Read the text of a kubeconfig (YAML or JSON).

        Raises:
            KubeconfigError: it is no kubeconfig, or its user has no client certificate.
        """
        try:
            data = yaml.safe_load(text)
            chosen = context or data["current-context"]
            at = _named(data, "contexts", "context", chosen)
            cluster = _named(data, "clusters", "cluster", at["cluster"])
            user = _named(data, "users", "user", at["user"])
            server = cluster["server"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise KubeconfigError(f"kubeconfig: {error!s} is missing or malformed") from error
        certificate, key = _pem(user, "client-certificate"), _pem(user, "client-key")
        if not certificate or not key:
            raise KubeconfigError(
                f"kubeconfig: user {at['user']!r} has no client certificate; the rehearsal has no other sign-in"
            )
        return cls(
            server=server,
            ca=_pem(cluster, "certificate-authority"),
            certificate=certificate,
            key=key,
            namespace=at.get("namespace") or "default",
            name=at["cluster"],
        )

    def text(self) -> str:
        """The kubeconfig as YAML, credentials inside."""
        cluster = {"server": self.server, "certificate-authority-data": _base64(self.ca)}
        user = {"client-certificate-data": _base64(self.certificate), "client-key-data": _base64(self.key)}
        context = {"cluster": self.name, "user": self.name, "namespace": self.namespace}
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": self.name, "cluster": cluster}],
                "users": [{"name": self.name, "user": user}],
                "contexts": [{"name": self.name, "context": context}],
                "current-context": self.name,
            },
            sort_keys=False,
        )

    def ssl_context(self) -> ssl.SSLContext:
        """A TLS context that trusts the CA alone and shows the client certificate."""
        context = ssl.create_default_context(cadata=self.ca or None)
        # OpenSSL reads certificate chains from files only; this one lives for the length of the call.
        handle, path = tempfile.mkstemp()
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(f"{self.certificate}\n{self.key}\n")
            context.load_cert_chain(path)
        except ssl.SSLError as error:
            raise KubeconfigError(f"kubeconfig: client certificate and key cannot be used: {error}") from error
        finally:
            Path(path).unlink()
        return context


def _named(data: dict[str, Any], section: str, field: str, name: str) -> dict[str, Any]:
    for entry in data[section]:
        if entry["name"] == name:
            return dict(entry[field])
    raise KubeconfigError(f"kubeconfig: {section} has no entry {name!r}")


def _pem(section: dict[str, Any], field: str) -> str:
    if data := section.get(f"{field}-data"):
        return base64.b64decode(data).decode()
    if path := section.get(field):
        return Path(path).read_text()
    return ""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
