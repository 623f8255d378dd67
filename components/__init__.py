"""The parts a platform is made of: one component and its Args a file."""

from components.gpu_cluster import GpuCluster, GpuClusterArgs
from components.llm_vpc import LlmVpc, LlmVpcArgs
from components.model_bucket import ModelBucket, ModelBucketArgs
from components.serving_namespace import ServingNamespace, ServingNamespaceArgs
from components.vllm_service import VllmService, VllmServiceArgs

__all__ = [
    "GpuCluster",
    "GpuClusterArgs",
    "LlmVpc",
    "LlmVpcArgs",
    "ModelBucket",
    "ModelBucketArgs",
    "ServingNamespace",
    "ServingNamespaceArgs",
    "VllmService",
    "VllmServiceArgs",
]
