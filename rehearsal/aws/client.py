"""Calls of AWS operations on a sandbox's moto: clients, idempotency tokens, retries while moto restarts, clean errors."""

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from rehearsal.aws.action_log import ActionLog, log_of
from rehearsal.plugins.errors import ProviderError
from rehearsal.sandbox import Sandbox

if TYPE_CHECKING:
    import boto3
    from botocore.model import OperationModel

_NOT_FOUND_SUFFIXES = ("NotFound", "NotFoundException", "NotFoundError", "NotFoundFault", "NonExistentQueue")
_NOT_FOUND_PREFIXES = ("NoSuch",)
_RESTART_SECONDS = 60.0


class AwsError(ProviderError):
    """AWS refused; ``code`` is its error code."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code

    @property
    def not_found(self) -> bool:
        """Return whether the error means that the resource does not exist; a missing operation or route of moto never does."""
        return self.code.endswith(_NOT_FOUND_SUFFIXES) or self.code.startswith(_NOT_FOUND_PREFIXES)


class UnreachableError(ProviderError):
    """moto does not respond: whether a resource exists or was created is not known."""


class AwsClient:
    """One boto3 session for the process and a client per service and region."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = sandbox.aws_url
        self._recorder = ActionLog(log_of(sandbox))
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._session: boto3.Session | None = None

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region; made on first use (boto3 takes long to load)."""
        with self._lock:
            client = self._clients.get((service, region))
            if client is None:
                client = self._clients[service, region] = self._make(service, region)
            return client

    def _make(self, service: str, region: str) -> Any:
        import boto3  # noqa: PLC0415 - a third of a second, and 34 MB
        from botocore.config import Config  # noqa: PLC0415

        if self._session is None:
            self._session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal")
        config = Config(
            max_pool_connections=64,
            s3={"addressing_style": "path"},
            # A retry must carry the same token: it is ours to make, not boto3's.
            retries={"total_max_attempts": 1},
            read_timeout=120,
        )
        client = self._session.client(service, region_name=region, endpoint_url=self._url, config=config)
        client.meta.events.register("before-sign.*", _put_token)
        return client

    def call(
        self, service: str, region: str, operation: str, params: dict[str, Any], token: str = ""
    ) -> dict[str, Any]:
        """Call an operation (``create_vpc``); while moto is away, wait for it to come back.

        Args:
            service: as boto3 names it.
            region: where.
            operation: as boto3 names it.
            params: the operation's parameters.
            token: a name for "this very call"; the same one again gets the answer of the first.

        Raises:
            AwsError: refused, or moto lacks the operation.
            UnreachableError: moto does not answer.
        """
        from botocore import exceptions as failures  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        client = self.client(service, region)
        model = self.model(service, operation)
        self._recorder.note(service, model.name)
        token = token or uuid.uuid4().hex
        # boto3 would fill these with a random one, and a repeated call would then not be the same call.
        params = dict.fromkeys(model.idempotent_members, token[-32:]) | params
        deadline = time.monotonic() + _RESTART_SECONDS
        pause = 0.1
        while True:
            try:
                _token.value = token
                answer: dict[str, Any] = getattr(client, operation)(**params)
                answer.pop("ResponseMetadata", None)
                return answer
            except failures.ClientError as error:
                raise _refused(model.name, service, error) from None
            except ResponseParserError:
                raise AwsError(model.name, "NotImplemented", f"moto has no {service} {model.name}") from None
            except failures.ParamValidationError as error:
                raise AwsError(model.name, "ValidationError", " ".join(str(error).split())) from None
            except (failures.ConnectionError, failures.HTTPClientError) as error:
                if time.monotonic() > deadline:
                    raise UnreachableError(
                        f"{model.name}: nothing answers at {self._url}; see `rehearse status` and `rehearse logs moto`"
                    ) from error
                time.sleep(pause)
                pause = min(pause * 2, 1.0)

    def model(self, service: str, operation: str) -> "OperationModel":
        """Return botocore's model of an operation."""
        client = self.client(service, "us-east-1")
        model: OperationModel = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        return model


class _Token(threading.local):
    """The token of the call that this thread is making."""

    value: str = ""


_token = _Token()


def _put_token(request: Any, **_: Any) -> None:
    request.headers["X-Rehearsal-Token"] = _token.value


def _refused(operation: str, service: str, error: Any) -> AwsError:
    code = str(error.response["Error"].get("Code", ""))
    message = str(error.response["Error"].get("Message", ""))
    if code == "500" or "<html" in message.lower():
        return AwsError(operation, "NotImplemented", f"moto has no {service} {operation}")
    if code == "404" and operation == "HeadBucket":
        return AwsError(operation, "NoSuchBucket", "the bucket does not exist")
    if code == "404" and operation == "HeadObject":
        return AwsError(operation, "NoSuchKey", "the object does not exist")
    if code == "404":
        return AwsError(operation, "NotImplemented", f"moto has no {service} {operation} (no such route)")
    return AwsError(operation, code, message)
