"""The benchmark as a Job of the cluster runs it, against every pod of the service, with the record in the bucket.

Environment: HOST, a name that resolves to the address of each ready pod; PORT; MODEL; API_KEY, if it has one; SERVICE, the public name;
SUBJECT and PRICE, as in the record, PRICE ``null`` where it is not known; BUCKET. The pods that answer are counted: with an autoscaler
there can be others than the settings have.
"""

import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from benchmark.gate import judge
from benchmark.measure import NoAnswerError
from benchmark.record import STANDARD, SentTo, ServicePrice, Subject, record
from benchmark.standard import run_standard
from benchmark.storage import Bucket, Storage, StorageError
from load import Target

log = logging.getLogger("benchmark")


def addresses(host: str, port: int) -> list[str]:
    """Base address of each ready pod.

    Raises:
        OSError: the name resolves to none.
    """
    found = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    return [f"http://{f'[{one}]' if ':' in str(one) else one}:{port}" for one in sorted(map(str, found))]


def benchmark(environment: Mapping[str, str], storage: Storage) -> int:
    """Measure, keep, compare; return the exit code: 0, or 1 where the gate fails or nothing answers."""
    host, service = environment["HOST"], environment["SERVICE"]
    price: dict[str, Any] | None = json.loads(environment["PRICE"])
    started = datetime.now(UTC)
    try:
        targets = [
            Target(url=url, model=environment["MODEL"], key=environment.get("API_KEY", ""))
            for url in addresses(host, int(environment["PORT"]))
        ]
        subject, per_pod = json.loads(environment["SUBJECT"]), 0.0
        if price:
            per_pod = price["usd_per_hour"] / subject["replicas"]
        runs = run_standard(targets, log.info)
        document = record(
            service=service,
            kind=STANDARD,
            started=started,
            url=f"http://{host}:{environment['PORT']}",
            sent_to=SentTo.PODS,
            subject=Subject(**{**subject, "replicas": len(targets)}),
            replicas_from="the pods that answered",
            price=ServicePrice(usd_per_hour=per_pod * len(targets), source=price["source"]) if price else None,
            runs=runs,
        )
        judgement = judge(document, storage)
    except (NoAnswerError, StorageError) as error:
        log.error("%s: %s", service, error)  # noqa: TRY400  one clear line in the pod's log, without a traceback
        return 1
    except OSError as error:
        log.error("%s: %s resolves to no ready pod: %s", service, host, error)  # noqa: TRY400  as above
        return 1
    for run in document["runs"]:
        log.info("%s: %s", run["workload"], json.dumps(run["figures"]))
    log.info("kept in %s; %s", judgement.place, judgement.verdict)
    for problem in judgement.problems:
        log.error("%s", problem)
    return 1 if judgement.problems else 0


def main() -> int:
    """Run with boto3 of the image."""
    import boto3  # noqa: PLC0415  of the image; whoever imports this module for its functions needs none
    from botocore.config import Config  # noqa: PLC0415  as above

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    environment = os.environ
    settings = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 5, "mode": "standard"})
    s3 = boto3.client("s3", config=settings)
    return benchmark(environment, Bucket(s3, environment["BUCKET"], environment["SERVICE"]))


if __name__ == "__main__":
    sys.exit(main())
