"""Records of benchmarks, read beside the pages."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from benchmark.record import STANDARD
from benchmark.storage import Bucket, StorageError, records
from portal import aws_sessions
from portal.background_cache import BackgroundCache, Cached
from portal.errors import PortalError
from portal.platforms import Platforms, Storage

MOST_RECORDS: Final = 20
"""Records of a service that are shown, of some 4 KiB each."""
_FRESH_SECONDS: Final = 60.0
_MOST_KEPT: Final = 500
_AT_ONCE: Final = 2
_CONFIG: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})


class BenchmarksError(PortalError):
    """Records cannot be read; the message is one line."""


@dataclass(frozen=True)
class _Key:
    platform: str
    service: str
    """Public name, STACK/SERVICE."""


class Benchmarks:
    """Standard benchmarks of services of some platforms."""

    def __init__(self, platforms: Platforms, environment: Mapping[str, str]) -> None:
        """Read nothing yet.

        Args:
            platforms: What says where the bucket of a platform is.
            environment: Where credentials and addresses of AWS are taken from, as ``aws_sessions.session`` does.
        """
        self._platforms = platforms
        self._environment = environment
        self._clients: dict[Storage, Any] = {}
        self._lock = threading.Lock()
        self._cache: BackgroundCache[_Key, tuple[Mapping[str, Any], ...]] = BackgroundCache(
            self._read,
            "the bucket",
            fresh=lambda _: _FRESH_SECONDS,
            known=(PortalError,),
            most=_MOST_KEPT,
            threads=_AT_ONCE,
        )

    def of_service(self, platform: str, service: str) -> Cached[tuple[Mapping[str, Any], ...]]:
        """Return the last records of a service, the newest first; ``service`` is its public name."""
        return self._cache.get(_Key(platform, service))

    def _read(self, key: _Key) -> tuple[Mapping[str, Any], ...]:
        storage = self._platforms.storage(key.platform)
        if storage is None:
            return ()
        try:
            found = Bucket(self._client(storage), storage.bucket, key.service)
            return tuple(islice(records(found, STANDARD), MOST_RECORDS))
        except (StorageError, BotoCoreError, ClientError) as error:
            reason = " ".join(str(error).split())[:300]
            raise BenchmarksError(
                f"the portal cannot read benchmarks of {key.service}: {reason}; its role needs s3:ListBucket and s3:GetObject "
                "of outputs/benchmarks/ and kms:Decrypt (docs/portal.md)"
            ) from None

    def _client(self, storage: Storage) -> Any:
        with self._lock:  # making clients of one session at the same time is not safe
            if storage not in self._clients:
                self._clients[storage] = aws_sessions.client(
                    self._environment, "s3", storage.role, storage.region, _CONFIG
                )
            return self._clients[storage]
