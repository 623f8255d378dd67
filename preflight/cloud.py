"""AWS for a preflight: one session, short timeouts, each answer cached, an exception class for each refusal.

The credentials are those of the AWS provider: environment, profile, container or instance, and then the stack's
``assume_role``. boto3 is imported when a session is made, never before: it takes a third of a second.
"""

import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from planner.aws_errors import failure
from preflight.subject import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

CONNECT_SECONDS = 2
READ_SECONDS = 5
PATIENT_SECONDS = 30
"""For commands whose answer must be whole, where nobody waits for a preview: botocore's own default is 60."""
ATTEMPTS = 2
_SESSION_NAME = "llm-platform-preflight"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "AuthFailure",
        "OptInRequired",
        "SignatureDoesNotMatch",
    }
)
"""Codes of credentials that are expired, wrong, or not activated (EC2 API reference, "Error codes for the Amazon EC2 API")."""
_GONE = frozenset({
    "NoSuchEntity", "ResourceNotFoundException", "NoSuchResourceException", "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchHostedZone", "NotFoundException",
})  # fmt: skip
_PREFIXES = {"service-quotas": "servicequotas"}
"""Where IAM calls a service otherwise than boto3 does."""

_NEXT_PAGE = {
    "nextToken": "nextToken",
    "NextToken": "NextToken",
    "NextMarker": "Marker",
    "Marker": "Marker",
    "PaginationToken": "PaginationToken",
}
"""Where an answer holds the token of its next page, to the parameter that takes it."""


class CloudError(Exception):
    """AWS did not answer; the message is one line."""


class NoCredentialsError(CloudError):
    """There are no AWS credentials."""


class BadCredentialsError(CloudError):
    """The credentials are expired, wrong, or may not take the role."""


class DeniedError(CloudError):
    """The caller lacks a permission."""

    def __init__(self, permission: str) -> None:
        """Name the permission, such as ``eks:DescribeCluster``."""
        super().__init__(f"the caller may not {permission}")
        self.permission = permission


class GoneError(CloudError):
    """The requested resource does not exist."""


class Cloud:
    """One account and region."""

    def __init__(self, region: str, role: Role | None = None, *, read_seconds: float = READ_SECONDS) -> None:
        """Take credentials; call nothing yet. An attempt of a call waits ``read_seconds`` for its answer."""
        self.region = region
        self._role = role
        self._read_seconds = read_seconds
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._answers: dict[object, _Once] = {}

    def ask(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """The answer to one call; the same call is made once.

        Raises:
            CloudError: AWS did not answer, or refused.
        """
        key = (service, operation, repr(sorted(parameters.items())))
        with self._lock:
            once = self._answers.setdefault(key, _Once(lambda: self._call(service, operation, parameters)))
        answer = once.result()
        if not isinstance(answer, dict):
            raise TypeError(f"{service} {operation} answered {type(answer).__name__}")
        return answer

    def pages(self, service: str, operation: str, key: str, **parameters: object) -> "Iterator[Any]":
        """The items below ``key`` of all pages."""
        token: dict[str, object] = {}
        while True:
            answer = self.ask(service, operation, **parameters, **token)
            yield from answer.get(key, [])
            name = next((one for one in _NEXT_PAGE if answer.get(one)), None)
            if name is None:
                return
            token = {_NEXT_PAGE[name]: answer[name]}

    def _call(self, service: str, operation: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        from botocore import exceptions as failures  # noqa: PLC0415  loaded with the first session
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        client = self.client(service)
        try:
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except failures.ClientError as refused:
            raise _refusal(service, client.meta.method_to_api_mapping[operation], refused) from None
        except (failures.NoCredentialsError, failures.PartialCredentialsError):
            raise NoCredentialsError("no AWS credentials") from None
        except (failures.TokenRetrievalError, failures.SSOTokenLoadError, failures.UnauthorizedSSOTokenError) as stale:
            raise BadCredentialsError(_line(stale)) from None
        except (failures.BotoCoreError, ResponseParserError) as problem:
            raise CloudError(f"{service} {operation}: {_line(problem)}") from None
        return answer

    def client(self, service: str) -> Any:
        """The client of a service, with short timeouts; for writes, which are never kept.

        Raises:
            CloudError: there are no credentials, or they cannot be used.
        """
        # Making clients of one session at the same time is not safe.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        if self._session is None:
            self._session = self._open()
        return self._session.client(service, config=_config(self._read_seconds))

    def _open(self) -> "boto3.Session":
        """A session with credentials, of the role if there is one."""
        import boto3  # noqa: PLC0415  a third of a second
        from botocore import exceptions as failures  # noqa: PLC0415

        try:
            session = boto3.Session(region_name=self.region)
            if session.get_credentials() is None:
                raise NoCredentialsError("no AWS credentials")
            if self._role is None:
                return session
            asked: dict[str, Any] = {
                "RoleArn": self._role.role_arn,
                "RoleSessionName": self._role.session_name or _SESSION_NAME,
            }
            if self._role.external_id:
                asked["ExternalId"] = self._role.external_id
            keys = session.client("sts", config=_config(self._read_seconds)).assume_role(**asked)["Credentials"]
        except (failures.ClientError, failures.BotoCoreError) as refused:
            raise BadCredentialsError(_line(refused)) from None
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )


class _Once:
    """A call that the first caller makes; all others wait for its answer."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._done = False
        self._answer: object = None
        self._error: CloudError | None = None

    def result(self) -> object:
        with self._lock:
            if not self._done:
                try:
                    self._answer = self._call()
                except CloudError as problem:
                    self._error = problem
                self._done = True
        if self._error is not None:
            raise self._error
        return self._answer


def _config(read_seconds: float) -> Any:
    from botocore.config import Config  # noqa: PLC0415  loaded with boto3

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        max_pool_connections=16,
    )


def _refusal(service: str, action: str, refused: Any) -> CloudError:
    detail = refused.response.get("Error", {})
    code, message = str(detail.get("Code", "")), str(detail.get("Message", ""))
    if code in _BAD_CREDENTIALS:
        return BadCredentialsError(f"{code}: {_line(message)}")
    if code in _DENIED:
        named = re.search(r"perform: ([\w-]+:\w+)", message)
        return DeniedError(named[1] if named else f"{_PREFIXES.get(service, service)}:{action}")
    if code in _GONE:
        return GoneError(_line(message))
    return CloudError(f"{service} {action}: {code}: {_line(message)}"[:300])


def _line(text: object) -> str:
    if isinstance(text, Exception) and type(text).__name__ == "HTTPClientError":
        return failure(text)  # its own text may hold a header with a key or a token
    return " ".join(str(text).split())
