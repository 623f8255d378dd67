"""``llm-platform monitoring export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.console import OUT, UsageError
from cli.stack_settings import read_stack

if TYPE_CHECKING:
    from monitoring.rules import RuleArgs

Format = Literal["prometheusrule", "plain"]

app = typer.Typer(
    no_args_is_help=True, help="Rules, dashboards and scrapes for a Prometheus and a Grafana of your own."
)


@app.callback()
def _commands() -> None:
    """Keep ``export`` a command of its own, however few there are."""


@app.command("export")
def export(
    rules: Annotated[Path | None, typer.Option("--rules", help="File for the rules.")] = None,
    dashboards: Annotated[Path | None, typer.Option("--dashboards", help="Folder for the dashboards.")] = None,
    scrapes: Annotated[
        Path | None, typer.Option("--scrapes", help="File for the scrape configurations; needs --stack.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="Platform stack, or its file. Default: all rules, default thresholds."),
    ] = None,
    form: Annotated[
        Format,
        typer.Option("--format", help="Objects of kube-prometheus-stack, or rule file and JSON as they are."),
    ] = "prometheusrule",
    namespace: Annotated[str, typer.Option("--namespace", help="Namespace of the objects.")] = "monitoring",
    release: Annotated[
        str, typer.Option("--release", help="Helm release of kube-prometheus-stack, for the label that it selects by.")
    ] = "kube-prometheus-stack",
    runbooks: Annotated[
        str, typer.Option("--runbooks", help="Folder or URL of docs/runbooks, which alerts and panels link.")
    ] = "docs/runbooks",
    token_file: Annotated[
        str, typer.Option("--token-file", help="Where that Prometheus has the platform's scrape token.")
    ] = "/etc/prometheus/secrets/llm-scrape-token/scrape_token",  # noqa: S107 - a path
    project: Annotated[Path, typer.Option("--project", help="Folder of the stack files.")] = Path(),
) -> None:
    """Write rules, dashboards and scrapes for a cluster with kube-prometheus-stack. Exit 0: written; 2: usage error."""
    if rules is None and dashboards is None and scrapes is None:
        raise UsageError("nothing to write: give --rules FILE, --dashboards FOLDER or --scrapes FILE")
    if scrapes and not stack:
        raise UsageError("--scrapes needs --stack: what is scraped follows from the platform's settings")
    runbooks = runbooks.rstrip("/")
    if rules:
        _write(rules, _rules(_rule_args(stack, project, runbooks), form, namespace, release))
    if dashboards:
        _write_dashboards(dashboards, form, namespace, runbooks)
    if scrapes and stack:
        _write(scrapes, _scrapes(stack, project, token_file))


def _rule_args(stack: str | None, project: Path, runbooks: str) -> "RuleArgs":
    # They load pydantic, which the other commands do without.
    from cli.monitoring.arguments import everything, rule_args  # noqa: PLC0415

    if stack is None:
        return everything(runbooks)
    return read_stack(stack, project, lambda path: rule_args(path, runbooks), purpose="its rules depend")


def _rules(args: "RuleArgs", form: Format, namespace: str, release: str) -> str:
    from cli.monitoring.objects import prometheus_rule  # noqa: PLC0415  as above
    from monitoring.rules import render  # noqa: PLC0415  as above

    text = render(args)
    return text if form == "plain" else prometheus_rule(text, namespace=namespace, release=release)


def _write_dashboards(folder: Path, form: Format, namespace: str, runbooks: str) -> None:
    from cli.monitoring.objects import dashboard_config_map  # noqa: PLC0415  as above
    from monitoring.dashboards.files import committed  # noqa: PLC0415  as above

    for name, text in committed(runbooks).items():
        if form == "plain":
            _write(folder / f"llm-{name}.json", text)
        else:
            _write(folder / f"llm-{name}.yaml", dashboard_config_map(name, text, namespace=namespace))


def _scrapes(stack: str, project: Path, token_file: str) -> str:
    from cli.monitoring.arguments import scrape_args  # noqa: PLC0415  as above
    from monitoring.scrape import render_jobs  # noqa: PLC0415  as above

    args = read_stack(stack, project, lambda path: scrape_args(path, token_file), purpose="its scrapes depend")
    return render_jobs(args)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    OUT.print(f"{path}: written", markup=False, highlight=False, soft_wrap=True)
