"""The generated pages and lists, each with the function that renders it."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

from tools.files import ROOT

DOCS = Path("docs")
PAGES: Mapping[Path, tuple[str, str]] = {
    Path("README.md"): ("tools.docs.costs", "readme"),
    DOCS / "aws-types.md": ("tools.docs.aws_types", "page"),
    DOCS / "cli.md": ("tools.docs.commands", "page"),
    DOCS / "costs.md": ("tools.docs.costs", "page"),
    DOCS / "monitoring.md": ("tools.docs.monitoring", "page"),
    DOCS / "operator-policy.json": ("cli.operator_policy.page", "policy"),
    DOCS / "operator-policy-gateway.json": ("cli.operator_policy.page", "gateway_policy"),
    DOCS / "operator-policy-monitoring.json": ("cli.operator_policy.page", "monitoring_policy"),
    DOCS / "operator-policy-image-cache.json": ("cli.operator_policy.page", "image_cache_policy"),
    DOCS / "operator-policy-volume-key.json": ("cli.operator_policy.page", "volume_key_policy"),
    DOCS / "operator-policy-state.json": ("cli.operator_policy.page", "state_policy"),
    DOCS / "operator-policy.md": ("cli.operator_policy.page", "page"),
    DOCS / "policies.md": ("tools.docs.policies", "render"),
    DOCS / "rehearsal.md": ("tools.docs.rehearsal", "page"),
    DOCS / "runbooks" / "README.md": ("tools.docs.runbooks", "page"),
    DOCS / "settings.md": ("tools.docs.settings", "page"),
    DOCS / "startup.md": ("tools.docs.startup", "page"),
    **{
        Path(f"monitoring/dashboards/json/{name}.json"): ("monitoring.dashboards.grafana", name)
        for name in ("overview", "service", "gpus", "nodes", "gateway", "autoscaling")
    },
    **{
        Path(f"monitoring/metrics/{name}.json"): ("tools.metric_lists.cited", name.replace("-", "_"))
        for name in ("kubelet", "controllers", "load-balancer-controller", "prometheus", "alertmanager", "envoy")
    },
    Path("monitoring/metrics/gateway.json"): ("tools.metric_lists.gateway", "page"),
    Path("gateway/archive/requirements.txt"): ("tools.docs.gateway_requirements", "page"),
}
"""Module and function by page. Each renders the whole file; those with written text keep it and renew their tables."""


def outdated(paths: Iterable[Path] = tuple(PAGES)) -> list[Path]:
    """List those of the pages that differ from what their function renders."""
    return [path for path in paths if (ROOT / path).read_text(encoding="utf-8") != _render(PAGES[path])]


def write(paths: Iterable[Path] = tuple(PAGES)) -> list[Path]:
    """Write those of the pages that are behind, and list them."""
    behind = outdated(paths)
    for path in behind:
        (ROOT / path).write_text(_render(PAGES[path]), encoding="utf-8")
    return behind


def _render(source: tuple[str, str]) -> str:
    module, function = source
    render: Callable[[], str] = getattr(import_module(module), function)
    return render()
