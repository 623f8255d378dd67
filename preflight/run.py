"""All checks at once: each in a thread of its own, with one session, and never longer than a preview can bear."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from preflight.checks import (
    account,
    certificate,
    cli,
    cluster,
    hosted_zone,
    limits,
    node_groups,
    offerings,
    quotas,
    reservations,
    spot,
    version,
    volume_key,
    zones,
)
from preflight.cloud import BadCredentialsError, Cloud, CloudError, DeniedError, NoCredentialsError
from preflight.finding import Finding, Level, error, warning
from preflight.subject import Subject
from settings.models.base import NAMESPACE

SECONDS = 15.0
"""The longest a preflight takes; what has not answered by then is named."""
Check = Callable[[Subject, Cloud], Iterable[Finding]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("account", account.check),
    ("zones", zones.check),
    ("instance types", offerings.check),
    ("quotas", quotas.check),
    ("cluster", cluster.check),
    ("Kubernetes version", version.check),
    ("node groups", node_groups.check),
    ("spot", spot.check),
    ("capacity reservations", reservations.check),
    ("limits", limits.check),
    ("certificate", certificate.check),
    ("hosted zone", hosted_zone.check),
    ("key of volumes", volume_key.check),
)
OFFLINE = "no AWS credentials: account, zones, instance types, quotas and node groups were not checked"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a preflight found."""

    findings: tuple[Finding, ...]
    """Errors first."""
    note: str = ""
    """Why AWS was not called, if it was not."""
    seconds: float = field(default=0.0, compare=False)

    def of(self, level: Level) -> tuple[Finding, ...]:
        """The findings of a level."""
        return tuple(one for one in self.findings if one.level is level)

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Errors that end a preview."""
        return tuple(one for one in self.findings if one.refuses)


def run(subject: Subject, cloud: Cloud | None = None, checks: Iterable[tuple[str, Check]] = CHECKS) -> Report:
    """Check a stack against AWS; without credentials only what needs none."""
    began = time.monotonic()
    cloud = cloud or Cloud(subject.region, subject.assume_role)
    found = [
        error(one.path if one.namespace == NAMESPACE else f"{one.namespace}:{one.path}", one.message)
        for one in subject.problems
    ]
    note = ""
    pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="preflight")
    try:
        local = pool.submit(lambda: list(cli.check(team=subject.cluster is None)))
        try:
            cloud.ask("sts", "get_caller_identity")
        except NoCredentialsError:
            note = OFFLINE
            found += zones.guess(subject)
        except BadCredentialsError as problem:
            note = f"the AWS credentials cannot be used: {problem}"
            found.append(_bad_credentials(problem, subject))
        except CloudError as problem:
            note = f"AWS does not answer: {problem}"
            found.append(warning("AWS", f"does not answer, so nothing was checked: {problem}"))
        else:
            asked = {name: pool.submit(_collect, one, subject, cloud) for name, one in checks}
            found += _answers(asked, SECONDS - (time.monotonic() - began))
        found += _answers({"aws CLI": local}, max(1.0, SECONDS - (time.monotonic() - began)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    ordered = sorted(dict.fromkeys(found), key=lambda one: (one.level is not Level.ERROR, one.where, one.message))
    return Report(findings=tuple(ordered), note=note, seconds=time.monotonic() - began)


def _collect(check: Check, subject: Subject, cloud: Cloud) -> list[Finding]:
    """What one check finds; a denied call is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(check(subject, cloud))
    except DeniedError as problem:
        found.append(
            warning(
                "permissions", f"not checked, because the caller may not {problem.permission}: grant it, it only reads"
            )
        )
    except BadCredentialsError as problem:
        found.append(_bad_credentials(problem, subject))
    except CloudError as problem:
        found.append(warning("AWS", f"not checked: {problem}"))
    except Exception as problem:  # noqa: BLE001  an unforeseen answer must not end a preview
        found.append(
            warning("preflight", f"a check failed: {type(problem).__name__}: {' '.join(str(problem).split())}")
        )
    return found


def _bad_credentials(problem: BadCredentialsError, subject: Subject) -> Finding:
    hint = f"sign in again, such as with `aws sso login`, or enable {subject.region} in the account"
    return error("credentials", f"cannot be used: {problem}; {hint}")


def _answers(asked: dict[str, "Future[list[Finding]]"], seconds: float) -> Iterator[Finding]:
    done, late = wait(asked.values(), timeout=seconds)
    for name, future in asked.items():
        if future in late:
            yield warning("AWS", f"{name}: no answer within {SECONDS:g} seconds, not checked")
        elif future in done:
            yield from future.result()
