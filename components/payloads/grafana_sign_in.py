"""Program of the init container of Grafana: writes what Grafana signs people in with, and what it must not share.

Grafana takes the addresses of an OpenID Connect issuer one by one and reads no discovery document, so this reads it. The client's
secret comes from Secrets Manager and goes into a file in memory: neither the state of the stack nor a Secret has it. Needs boto3 and
otherwise the standard library.
"""

import http.client
import json
import logging
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
from botocore.config import Config

log = logging.getLogger("sign-in")

ATTEMPTS: Final = 5
LONGEST_WAIT_SECONDS: Final = 8
TIMEOUT_SECONDS: Final = 10
MOST_BYTES: Final = 256 * 1024
"""Of a discovery document; those of large issuers have a few KiB."""
SCHEMES: Final = ("https",)
ENDPOINTS: Final = {
    "auth_url": "authorization_endpoint",
    "token_url": "token_endpoint",
    "api_url": "userinfo_endpoint",
}
"""File of each address to its name in the discovery document (OpenID Connect Discovery 1.0, section 3)."""
CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the file's name
KEY: Final = "secret_key"
"""File with the key of Grafana's database, kept as long as the database is: Grafana's own default is public."""


class SignInError(Exception):
    """Something cannot be had; the message has what, where and the fix."""


def endpoints(issuer: str) -> dict[str, str]:
    """Return the addresses of the issuer by the names of their files.

    Args:
        issuer: The issuer's URL.

    Raises:
        SignInError: its discovery document cannot be read, is another issuer's, or lacks an address.
    """
    place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    document = _document(place)
    if str(document.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise SignInError(
            f"{place} is of issuer {document.get('issuer')!r}: set monitoring.grafana.oidc.issuer to the issuer's own name"
        )
    found = {}
    for file, name in ENDPOINTS.items():
        address = document.get(name)
        if not isinstance(address, str) or urlsplit(address).scheme not in SCHEMES:
            raise SignInError(f"{place} has no {name} that begins with https://: Grafana needs it to sign people in")
        found[file] = address
    return found


def client_secret(manager: Any, arn: str) -> str:
    """Return the client's secret.

    Args:
        manager: A boto3 client of Secrets Manager.
        arn: ARN of the secret.

    Raises:
        SignInError: it cannot be read, or is no text.
    """
    try:
        text = str(manager.get_secret_value(SecretId=arn).get("SecretString") or "").strip()
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise SignInError(
            f"secret {arn} cannot be read: {' '.join(str(error).split())}; check that it exists and is encrypted with the key "
            "aws/secretsmanager"
        ) from None
    if not text or "\n" in text:
        raise SignInError(f"secret {arn}: its text is not one line: store the client's secret alone")
    return text


def write(folder: Path, name: str, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    part = folder / f".{name}"
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="utf-8") as stream:
        stream.write(text)
    part.replace(folder / name)


def prepare(manager: Any, issuer: str, arn: str, folder: Path, data: Path) -> None:
    """Write all files.

    Args:
        manager: A boto3 client of Secrets Manager.
        issuer: The issuer's URL.
        arn: ARN of the secret with the client's secret.
        folder: Folder in memory, for addresses and the client's secret.
        data: Folder of Grafana's database, for its key.

    Raises:
        SignInError: something cannot be had.
    """
    for name, text in {**endpoints(issuer), CLIENT_SECRET: client_secret(manager, arn)}.items():
        write(folder, name, text)
    if not (data / KEY).exists():
        write(data, KEY, secrets.token_urlsafe(32))


def _document(place: str) -> dict[str, Any]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(place, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - settings admit https alone
                if urlsplit(answer.url).scheme != urlsplit(place).scheme:
                    raise SignInError(
                        f"{place} redirects to {answer.url}: set monitoring.grafana.oidc.issuer to where it ends"
                    )
                document = json.loads(answer.read(MOST_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            final = isinstance(error, urllib.error.HTTPError) and error.code in {401, 403, 404, 410}
        else:
            if isinstance(document, dict):
                return document
            raise SignInError(
                f"{place} is not a JSON object: set monitoring.grafana.oidc.issuer to an OpenID Connect issuer"
            )
        if final or attempt == ATTEMPTS:
            raise SignInError(
                f"{place} cannot be read, attempt {attempt}: {reason}; check monitoring.grafana.oidc.issuer, and that the pod reaches it"
            )
        wait = min(2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
        log.warning("%s: %s; attempt %d follows in %d s", place, reason, attempt + 1, wait)
        time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def main() -> int:
    """Run with ISSUER, SECRET_ARN, FOLDER and DATA from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    environment = os.environ
    settings = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": ATTEMPTS, "mode": "standard"})
    try:
        prepare(
            boto3.client("secretsmanager", config=settings),
            environment["ISSUER"],
            environment["SECRET_ARN"],
            Path(environment["FOLDER"]),
            Path(environment["DATA"]),
        )
    except SignInError as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line in the pod's log, without a traceback
        return 1
    log.info("signs in at %s", environment["ISSUER"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
