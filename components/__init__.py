"""Component resources of the platform and its services, and what else the program is put together from."""

import components.fast_start  # noqa: F401 before the SDKs are imported
from components.cluster.args import GpuClusterArgs
from components.cluster.gpu_cluster import GpuCluster
from components.cluster.karpenter.karpenter import Karpenter, KarpenterArgs
from components.config import load_settings
from components.cost_report import report_costs
from components.fit_report import report_fits
from components.gateway.context import GatewayArgs
from components.gateway.gateway import Gateway
from components.monitoring.cloud.cloud_alarms import CloudAlarms, CloudAlarmsArgs
from components.monitoring.cloud.load_balancers import own_load_balancers
from components.monitoring.context import MonitoringArgs
from components.monitoring.monitoring import Monitoring
from components.naming import stack_naming
from components.network.vpc import LlmVpc, LlmVpcArgs
from components.platform import Platform
from components.platform_exports import own_outputs
from components.providers import aws_provider
from components.registry import BUILDERS
from components.serving.context import ServiceArgs, ServingContext
from components.serving.namespace import ServingNamespace, ServingNamespaceArgs
from components.serving.ollama.service import OllamaService, OllamaServiceArgs
from components.serving.vllm.service import VllmService, VllmServiceArgs
from components.storage.model_bucket import ModelBucket, ModelBucketArgs
from components.storage.pull_through_cache import PullThroughCache, PullThroughCacheArgs

__all__ = [
    "BUILDERS",
    "CloudAlarms",
    "CloudAlarmsArgs",
    "Gateway",
    "GatewayArgs",
    "GpuCluster",
    "GpuClusterArgs",
    "Karpenter",
    "KarpenterArgs",
    "LlmVpc",
    "LlmVpcArgs",
    "ModelBucket",
    "ModelBucketArgs",
    "Monitoring",
    "MonitoringArgs",
    "OllamaService",
    "OllamaServiceArgs",
    "Platform",
    "PullThroughCache",
    "PullThroughCacheArgs",
    "ServiceArgs",
    "ServingContext",
    "ServingNamespace",
    "ServingNamespaceArgs",
    "VllmService",
    "VllmServiceArgs",
    "aws_provider",
    "load_settings",
    "own_load_balancers",
    "own_outputs",
    "report_costs",
    "report_fits",
    "stack_naming",
]
