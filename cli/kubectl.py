"""Objects of a cluster, as kubectl reads them."""

import json
import re
import shutil
import subprocess
from typing import Any

from cli.console import UsageError
from planner.shown import one_line, shortened

_SECONDS = 60
_LOGGED = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ ")
"""How a line of klog begins: level, month and day, time."""


class KubectlError(UsageError):
    """kubectl failed; ``stderr`` is what it wrote."""

    def __init__(self, message: str, stderr: str = "") -> None:
        """Keep both."""
        super().__init__(message)
        self.stderr = stderr


def listed(kind: str, namespace: str | None, context: str | None, *, selector: str = "") -> list[dict[str, Any]]:
    """The objects of a kind.

    Args:
        kind: Kind as kubectl takes it, or several with commas between.
        namespace: Their namespace; None for all.
        context: Context of the kubeconfig; None for its current one.
        selector: Labels that they have; empty for any.

    Raises:
        KubectlError: there is no kubectl, or it fails.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise KubectlError(
            "kubectl is not on PATH: install it, and point it at the cluster (aws eks update-kubeconfig)"
        )
    where = ["--namespace", namespace] if namespace else ["--all-namespaces"]
    chosen = ["--context", context] if context else []
    labels = ["--selector", selector] if selector else []
    try:
        ended = subprocess.run(
            [kubectl, "get", kind, *where, *chosen, *labels, "--output", "json"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise KubectlError(f"kubectl did not answer in {_SECONDS} s: is the cluster's API server reachable?") from None
    except OSError as error:
        raise KubectlError(f"{kubectl} does not run: {error.strerror}") from None
    if ended.returncode:
        reason = one_line(shortened(_without_log(ended.stderr) or "no output"))
        raise KubectlError(f"kubectl get {kind}: {reason}", ended.stderr)
    try:
        found: list[dict[str, Any]] = list(json.loads(ended.stdout)["items"])
    except (ValueError, LookupError, TypeError):
        said = one_line(shortened(ended.stdout.strip() or "nothing"))
        raise KubectlError(
            f"kubectl get {kind} wrote no list in JSON, but {said}: is {kubectl} kubectl itself?"
        ) from None
    return found


def _without_log(stderr: str) -> str:
    """What kubectl wrote, without the lines of its client library's log where there are others."""
    lines = stderr.strip().splitlines()
    return "\n".join(line for line in lines if not _LOGGED.match(line)).strip() or stderr.strip()
