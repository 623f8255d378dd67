"""Component resources of the platform and its services, and the registry of service kinds."""

import components.fast_start  # noqa: F401 before the SDKs are imported
from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs
from components.context import ServiceArgs, ServingContext
from components.network.vpc import LlmVpc, LlmVpcArgs
from components.registry import BUILDERS
from components.serving.namespace import ServingNamespace, ServingNamespaceArgs
from components.serving.ollama.service import OllamaService, OllamaServiceArgs
from components.serving.vllm.service import VllmService, VllmServiceArgs
from components.storage.model_bucket import ModelBucket, ModelBucketArgs

__all__ = [
    "BUILDERS",
    "GpuCluster",
    "GpuClusterArgs",
    "LlmVpc",
    "LlmVpcArgs",
    "ModelBucket",
    "ModelBucketArgs",
    "OllamaService",
    "OllamaServiceArgs",
    "ServiceArgs",
    "ServingContext",
    "ServingNamespace",
    "ServingNamespaceArgs",
    "VllmService",
    "VllmServiceArgs",
]
