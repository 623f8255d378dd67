"""The parts a platform is made of: one component and its Args a file."""

import components.fast_start  # noqa: F401 before the SDKs are imported
from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs
from components.network.vpc import LlmVpc, LlmVpcArgs
from components.serving.namespace import ServingNamespace, ServingNamespaceArgs
from components.serving.vllm.service import VllmService, VllmServiceArgs
from components.storage.model_bucket import ModelBucket, ModelBucketArgs

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
