"""AWS as a container sees it: credentials through its ServiceAccount's role, then S3. Plain HTTP, so that pods stay small."""

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class AwsError(Exception):
    """What a container would see of an AWS call that failed."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Temporary credentials of a role, at one endpoint."""

    endpoint: str
    region: str

    @classmethod
    def from_environment(cls) -> Self:
        """Assume the role the pod identity webhook put into the environment, as every AWS SDK does.

        The role's trust policy is checked against the token's subject, which moto does not do.

        Raises:
            AwsError: no role, no such role, or one that does not trust this ServiceAccount.
        """
        role, token = os.environ.get("AWS_ROLE_ARN"), os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
        if not role or not token:
            raise AwsError("Unable to locate credentials: the ServiceAccount has no eks.amazonaws.com/role-arn")
        session = cls(endpoint=os.environ["AWS_ENDPOINT_URL"], region=os.environ.get("AWS_REGION", "us-east-1"))
        subject = _subject(Path(token).read_text(encoding="utf-8"))
        if not _trusts(session._role_document(role), subject):
            raise AwsError(
                "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized "
                f"to perform sts:AssumeRoleWithWebIdentity ({role} does not trust {subject})"
            )
        return session

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Keys below a prefix.

        Raises:
            AwsError: the bucket is not there.
        """
        query = urllib.parse.urlencode({"list-type": "2", "prefix": prefix})
        tree = ET.fromstring(self._send("GET", f"/{bucket}?{query}", "s3"))  # noqa: S314 - our own loopback server
        return [element.text or "" for element in tree.iter(f"{_S3}Key")]

    def get(self, bucket: str, key: str) -> bytes:
        """An object's content."""
        return self._send("GET", f"/{bucket}/{urllib.parse.quote(key)}", "s3")

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object."""
        self._send("PUT", f"/{bucket}/{urllib.parse.quote(key)}", "s3", body)

    def _role_document(self, arn: str) -> dict[str, Any]:
        name = arn.rpartition("/")[2]
        form = urllib.parse.urlencode({"Action": "GetRole", "Version": "2010-05-08", "RoleName": name}).encode()
        tree = ET.fromstring(self._send("POST", "/", "iam", form, "application/x-www-form-urlencoded"))  # noqa: S314
        text = next((node.text for node in tree.iter() if node.tag.endswith("AssumeRolePolicyDocument")), None)
        document: dict[str, Any] = json.loads(urllib.parse.unquote(text or "{}"))
        return document

    def _send(self, method: str, path: str, service: str, body: bytes | None = None, media: str = "") -> bytes:
        scope = f"rehearsal/20260101/{self.region}/{service}/aws4_request"
        headers = {
            # moto tells services apart by the scope and checks no signature.
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
            "Content-Type": media or "application/octet-stream",
        }
        request = urllib.request.Request(self.endpoint + path, data=body, method=method, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own loopback server
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError as error:
            raise AwsError(f"{service} answered {error.code} to {method} {path}: {_message(error.read())}") from error
        except urllib.error.URLError as error:
            raise AwsError(f"Could not connect to the endpoint URL {self.endpoint!r}: {error.reason}") from error


def split_url(url: str) -> tuple[str, str]:
    """Bucket and prefix of an ``s3://`` URL; the prefix ends with a slash unless it is empty."""
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    prefix = prefix.strip("/")
    return bucket, f"{prefix}/" if prefix else ""


def _subject(token: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["sub"])


def _trusts(document: dict[str, Any], subject: str) -> bool:
    """Whether a statement allows this subject to assume the role with a web identity."""
    for statement in document.get("Statement", []):
        if statement.get("Effect") != "Allow" or "sts:AssumeRoleWithWebIdentity" not in _several(statement["Action"]):
            continue
        subjects = [
            value
            for operator, conditions in statement.get("Condition", {}).items()
            if operator in {"StringEquals", "StringLike"}
            for key, value in conditions.items()
            if key.endswith(":sub")
        ]
        if all(subject in _several(value) for value in subjects):
            return True
    return False


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _message(body: bytes) -> str:
    try:
        tree = ET.fromstring(body)  # noqa: S314 - our own loopback server
    except ET.ParseError:
        return body.decode(errors="replace")[:200]
    found = [node.text or "" for node in tree.iter() if node.tag.rpartition("}")[2] in {"Code", "Message"}]
    return ": ".join(found) or "no message"
