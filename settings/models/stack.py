"""The whole of a stack's settings: those of a platform stack, and those of a team stack."""

from typing import Annotated

from pydantic import AfterValidator, Field

from planner.shown import as_yaml
from planner.vllm_options.releases import releases
from planner.vllm_options.removed import REMOVED
from planner.vllm_options.spelling import nearest
from planner.vllm_options.table import history
from planner.vllm_options.validate import PLATFORM_OPTIONS
from settings.models.account import AssumeRole
from settings.models.base import (
    HUB_TOKEN,
    NAMESPACE,
    AccountId,
    Name,
    PolicyArn,
    PoolName,
    Region,
    ServiceName,
    SettingsModel,
    TagKey,
    TagValue,
    Text,
)
from settings.models.bucket import BucketSettings
from settings.models.budget import BudgetSettings
from settings.models.cluster import ClusterSettings
from settings.models.gateway import GatewaySettings
from settings.models.mirrors import ChartSettings, ImageSettings
from settings.models.monitoring import MonitoringSettings
from settings.models.network import NetworkSettings
from settings.models.pools import Pool
from settings.models.priorities import PrioritySettings
from settings.models.services.base import ServiceSettings


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(  # noqa: TRY004  pydantic reports ValueError
            "is stored in plain text: revoke it, then set another with "
            f"`pulumi config set --secret {NAMESPACE}:{HUB_TOKEN}`"
        )
    return value


def team_option(name: str) -> str:
    """``name``, if it is an option that a platform may allow its teams.

    Raises:
        ValueError: there is no such option, or it is the platform's own in every stack.
    """
    if name in PLATFORM_OPTIONS:
        raise ValueError(f"{as_yaml(name)} is set by the program itself: {PLATFORM_OPTIONS[name]}")
    if name not in history():
        near = nearest(name, sorted(history()))
        fix = f"did you mean {near}?" if near else REMOVED.get(name, "see `vllm serve --help=all`")
        raise ValueError(f"{as_yaml(name)} is not an option of any vLLM since {releases()[0]}: {fix}")
    return name


class Settings(SettingsModel):
    """What platform stacks and team stacks have in common."""

    owner: TagValue
    """Team that answers for the stack; a tag of what the program makes, load balancers included, and a label."""
    cost_center: TagValue | None = None
    """Where its cost is booked; a tag."""
    tags: dict[TagKey, TagValue] = Field(default_factory=dict)
    """Further AWS tags, NAME: VALUE, 36 at most; an object of S3 takes ten with the stack's own, so the gateway's archive has as
    many as fit, by name."""
    account: AccountId | None = None
    """AWS account, 12 digits: with credentials of another one nothing is read or changed; a team stack has the platform's."""
    assume_role: AssumeRole | None = None
    """Role to call AWS and the cluster with, in place of the credentials as they are; a team stack has the platform's and
    takes no other."""
    permissions_boundary: PolicyArn | None = None
    """ARN of the IAM policy that bounds every role of the stack."""
    budget: BudgetSettings | None = None
    """Most the stack may cost; what may cost more is refused."""
    namespace: Name
    """Kubernetes namespace of the services; default llm, on a team stack the stack's name."""
    services: dict[ServiceName, ServiceSettings] = Field(default_factory=dict)
    """Services by name."""
    hf_api_token: Annotated[object, AfterValidator(_secret)] = None
    """Secret: Hugging Face token, for models whose licence must be accepted on the Hub."""


class PlatformSettings(Settings):
    """A stack with network, cluster, pools and bucket, and maybe services."""

    region: Region
    """AWS region, such as us-east-1."""
    protect: bool = False
    """Pulumi refuses to delete the bucket, its key and the gateway's table, and AWS the table."""
    network: NetworkSettings = NetworkSettings()
    """VPC and subnets."""
    cluster: ClusterSettings
    """EKS cluster: at least api_access and admins."""
    pools: dict[PoolName, Pool]
    """Node pools by name: one of kind system, any of kind cpu and gpu."""
    bucket: BucketSettings = BucketSettings()
    """Bucket of model weights."""
    charts: ChartSettings = ChartSettings()
    """Where Helm charts come from."""
    images: ImageSettings = ImageSettings()
    """Where container images come from; team stacks have the platform's."""
    gateway: GatewaySettings | None = None
    """Gateway in front of the services of this stack and of its team stacks, `{}` for one with defaults; default none."""
    monitoring: MonitoringSettings = MonitoringSettings()
    """Metrics, alerts and logs; `{size: none}` for none."""
    priorities: PrioritySettings | None = None
    """PriorityClasses of services, `{}` for them with defaults; default none, and every service is alike."""
    team_options: tuple[Annotated[Text, AfterValidator(team_option)], ...] = ()
    """Options of `vllm serve` that team stacks may set although they run code, open files or send data out."""


class TeamSettings(Settings):
    """A stack of services only, on the cluster of a platform stack."""

    platform: Annotated[Text, Field(min_length=1)]
    """Platform stack, such as dev; or organization/project/stack."""
    region: Region | None = None
    """The platform's region; optional."""
