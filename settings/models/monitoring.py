"""Settings of monitoring: metrics and alerts in the cluster, where alerts go, and what CloudWatch keeps."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from planner.shown import as_yaml
from settings.models.alerts import AlertThresholds
from settings.models.base import SettingsModel, Text, matching
from settings.models.gateway import HttpsUrl
from settings.models.network import RetentionDays

MOST_RETENTION_HOURS = 336
"""Two weeks; what is kept longer belongs into Amazon Managed Service for Prometheus."""
RUNBOOKS = "docs/runbooks"
"""Their path in this repository, which has no public address."""
Size = Literal["none", "small", "standard", "large"]
"""What Prometheus gets; the table of sizes is in ``settings/derived/monitoring/sizes.py``."""

WorkspaceArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:aps:[a-z0-9-]+:\d{12}:workspace/ws-[0-9a-f-]{36}",
            "is not the ARN of a workspace of Amazon Managed Service for Prometheus: write it like "
            "arn:aws:aps:us-east-1:123456789012:workspace/ws-12345678-1234-1234-1234-123456789012",
        )
    ),
]
SecretArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}",
            "is not the full ARN of a secret of Secrets Manager, with its six last characters: write it like "
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-webhook-AbCdEf",
        )
    ),
]
Email = Annotated[
    Text,
    AfterValidator(
        matching(
            r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
            "is not an email address: write it like oncall@example.com",
        )
    ),
    Field(max_length=254),
]
ClientId = Annotated[
    Text, AfterValidator(matching(r"[!-~]{1,255}", "is not a client id: at most 255 characters without spaces"))
]


def _https_folder(text: str) -> str:
    try:
        url = urlsplit(text)
        _ = url.port  # raises for one that is not a number
    except ValueError:
        url = urlsplit("")
    plain = not (url.query or url.fragment or url.username) and "@" not in url.netloc
    if url.scheme != "https" or not url.hostname or not plain or not text.isascii() or " " in text:
        raise ValueError(
            f"{as_yaml(text)} is not the address of a folder: write it like https://example.com/llm-platform/docs/runbooks, "
            "without query, fragment or user"
        )
    return text.rstrip("/")


def email_slug(email: str) -> str:
    """The end of the name that the subscription of an address has in the stack."""
    return re.sub(r"[^a-z0-9]+", "-", email.lower()).strip("-")


def _emails_once(emails: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for email in emails:
        before = seen.get(email_slug(email))
        if before is None:
            seen[email_slug(email)] = email
        elif before.casefold() == email.casefold():
            raise ValueError(f"names {as_yaml(email)} twice: name each address once")
        else:
            raise ValueError(
                f"names {as_yaml(before)} and {as_yaml(email)}, which differ in punctuation only: name one, and subscribe the "
                "other to the topic by hand (output alerts_topic_arn)"
            )
    return emails


class RemoteWriteSettings(SettingsModel):
    """Where Prometheus also writes every sample: a workspace of Amazon Managed Service for Prometheus, with SigV4."""

    workspace_arn: WorkspaceArn | None = None
    """ARN of a workspace that exists, in the stack's account."""
    create: bool = False
    """Make a workspace; it is deleted with the stack."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.create == (self.workspace_arn is not None):
            both = "has both workspace_arn and create" if self.create else "has neither workspace_arn nor create: true"
            raise ValueError(f"{both}: name a workspace, or set create: true to make one")
        return self


class GrafanaOidcSettings(SettingsModel):
    """How people sign in to Grafana: a client of an OpenID Connect issuer."""

    issuer: HttpsUrl
    """The issuer; its discovery document is read below it, at /.well-known/openid-configuration."""
    client_id: ClientId
    """Id of Grafana's client there, whose redirect address is http://localhost:3000/login/generic_oauth."""
    client_secret_arn: SecretArn
    """Secret of Secrets Manager, in the stack's region, whose text is the client's secret."""


class GrafanaSettings(SettingsModel):
    """Grafana in the cluster, with the platform's dashboards; reached by `kubectl port-forward` only."""

    oidc: GrafanaOidcSettings
    """How people sign in; there is no password."""


class NotifySettings(SettingsModel):
    """Where alerts go from the stack's SNS topic."""

    emails: Annotated[tuple[Email, ...], AfterValidator(_emails_once), Field(max_length=20)] = ()
    """Addresses that are subscribed; each is asked by AWS to confirm once."""
    chat_webhook_secret_arn: SecretArn | None = None
    """Secret of Secrets Manager, in the stack's region, whose text is the URL of a chat's incoming webhook."""
    repeat_hours: int = Field(default=12, ge=1, le=120)
    """Hours after which an alert that still fires is sent again."""


class CloudWatchSettings(SettingsModel):
    """What CloudWatch collects from the cluster, and when its alarms on the gateway's load balancer and on quotas fire."""

    container_insights: bool = True
    """Install the observability add-on of EKS: logs of containers and nodes, and Container Insights' metrics."""
    log_retention_days: RetentionDays = 30
    """Days that these logs are kept."""
    gateway_latency_seconds: float = Field(default=30, gt=0, le=4000)
    """Seconds until an answer begins: the alarm alb-latency fires where 5 % of requests take longer, for 15 minutes. An answer that
    is not streamed begins when it is whole."""
    gateway_errors_percent: float = Field(default=5, gt=0, le=100)
    """Percentage of 5xx among the gateway's answers above which the alarm alb-target-errors fires."""
    quota_percent: float = Field(default=80, gt=0, lt=100)
    """Percentage of an EC2 quota of vCPUs that is in use above which the alarm vcpu-quota fires, for 15 minutes. Each quota that counts
    nodes of the pools has one, on demand and spot, with all that runs in the account and region."""


class MonitoringSettings(SettingsModel):
    """Metrics, alerts and logs of the platform: Prometheus and Alertmanager in the cluster, and CloudWatch."""

    size: Size = "small"
    """What Prometheus gets (docs/components/monitoring.md has the table); none makes nothing of monitoring at all."""
    retention_hours: int = Field(default=24, ge=2, le=MOST_RETENTION_HOURS)
    """Hours that Prometheus keeps samples on its volume."""
    scrape_seconds: int = Field(default=30, ge=10, le=60)
    """Seconds between two readings of each target."""
    remote_write: RemoteWriteSettings | None = None
    """Amazon Managed Service for Prometheus, for what is kept longer; default none."""
    grafana: GrafanaSettings | None = None
    """Grafana in the cluster; default none."""
    notify: NotifySettings = NotifySettings()
    """Who gets alerts."""
    cloudwatch: CloudWatchSettings = CloudWatchSettings()
    """Logs and metrics in CloudWatch."""
    thresholds: AlertThresholds = AlertThresholds()
    """Thresholds of services that have none of their own."""
    key_age_days: int = Field(default=365, ge=1, le=3650)
    """Days after which an API key of the gateway that is in use and has no successor is old: the alert LlmKeyOld names its tenant."""
    runbooks_url: Annotated[Text, AfterValidator(_https_folder), Field(max_length=1024)] | None = None
    """Where people read docs/runbooks, with https; alerts and dashboards link to pages below it. Default none: they name the
    page's path in this repository."""

    @property
    def enabled(self) -> bool:
        """Whether anything of it is made."""
        return self.size != "none"

    @property
    def container_insights(self) -> CloudWatchSettings | None:
        """What CloudWatch collects from the cluster; None where the add-on is not installed."""
        return self.cloudwatch if self.enabled and self.cloudwatch.container_insights else None

    @property
    def runbooks(self) -> str:
        """URL or path of the folder of runbooks, without a slash at its end."""
        return self.runbooks_url or RUNBOOKS

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        others = sorted(self.model_fields_set - {"size"})
        if not self.enabled and others:
            raise ValueError(
                f"size is none, so {', '.join(others)} mean{'s' if len(others) == 1 else ''} nothing: omit "
                f"{'it' if len(others) == 1 else 'them'}, or choose a size"
            )
        if self.thresholds.idle_hours > self.retention_hours:
            raise ValueError(
                f"thresholds.idle_hours is {self.thresholds.idle_hours:g}, and samples are kept {self.retention_hours} hours: "
                "raise retention_hours, or lower idle_hours"
            )
        return self
