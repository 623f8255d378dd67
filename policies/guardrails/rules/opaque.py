"""A rule on what the other rules cannot see: resources that make others, and AWS resources of other providers."""

import re
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Finding, Findings, Rule, Subject

# API groups of controllers to kinds that have pods, releases or manifests in them, in whatever version. The rules on pods
# read Kubernetes' kinds and LeaderWorkerSet.
_MAKERS: Final = {
    "apps.nvidia.com": ("NIMCache", "NIMPipeline", "NIMService"),
    "argoproj.io": ("Application", "ApplicationSet", "CronWorkflow", "Rollout", "Workflow"),
    "batch.volcano.sh": ("Job",),
    "helm.cattle.io": ("HelmChart",),
    "helm.toolkit.fluxcd.io": ("HelmRelease",),
    "jobset.x-k8s.io": ("JobSet",),
    "kubeai.org": ("Model",),
    "kubeflow.org": ("MPIJob", "PyTorchJob"),
    "kustomize.toolkit.fluxcd.io": ("Kustomization",),
    "nvidia.com": ("ClusterPolicy", "DynamoComponentDeployment", "DynamoGraphDeployment", "NVIDIADriver"),
    "production-stack.vllm.ai": ("CacheServer", "VLLMRouter", "VLLMRuntime"),
    "pulumi.com": ("Program", "Stack"),
    "ray.io": ("RayCluster", "RayJob", "RayService"),
    "serving.knative.dev": ("Service",),
    "serving.kserve.io": ("InferenceService", "LLMInferenceService"),
    "tekton.dev": ("PipelineRun", "TaskRun"),
    "trainer.kubeflow.org": ("TrainJob",),
    "workload.codeflare.dev": ("AppWrapper",),
}
# API groups whose objects are resources of AWS: AWS Controllers for Kubernetes, Crossplane, Cluster API, Terraform's controllers.
_CLOUDS: Final = (
    r"[\w-]+\.services\.k8s\.aws", r"([\w-]+\.)?aws\.(m\.)?upbound\.io", r"([\w-]+\.)?aws\.crossplane\.io", r"([\w-]+\.)?cluster\.x-k8s\.io",
    r"app\.terraform\.io", r"infra\.contrib\.fluxcd\.io", r"kro\.run",
)  # fmt: skip
# The other provider of Pulumi for AWS, whose properties have other names: the services that rules judge, and what makes any resource.
_AWS_NATIVE: Final = (
    "autoscaling", "batch", "cloudformation", "dynamodb", "ec2", "ecr", "ecs", "efs", "eks", "elasticloadbalancingv2", "iam", "index",
    "kinesisfirehose", "kms", "lambda", "logs", "s3", "secretsmanager", "servicecatalog", "sns", "sqs", "sso",
)  # fmt: skip
_PATTERNS: Final = (
    *(rf"kubernetes:{re.escape(group)}/\w+:({'|'.join(kinds)})(Patch)?" for group, kinds in _MAKERS.items()),
    rf"kubernetes:({'|'.join(_CLOUDS)})/\w+:\w+",
    rf"aws-native:({'|'.join(_AWS_NATIVE)}):\w+",
    r"kubernetes:helm\.sh/v3:Release",
    r"aws:cloudformation/(stack|stackSet|stackSetInstance|stackInstances):\w+",
    r"aws:cloudcontrol/resource:Resource",
    r"aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    r"aws:servicecatalog/provisionedProduct:ProvisionedProduct",
    r"command:(local|remote):Command",
    # Terraform modules (`pulumi package add terraform-module`): the module, and what it makes, with Terraform's own names.
    r"[\w-]+:index:Module",
    r"[\w-]+:tf:\w+",
    r"pulumi-(nodejs|python):dynamic(/[\w-]+)?:\w+",
)
_OPAQUE: Final = re.compile("|".join(f"({pattern})" for pattern in _PATTERNS))


def _opaque(subject: Subject) -> Findings:
    if subject.name not in subject.config["reviewed"]:
        yield Finding("what it makes is seen by no rule, and it is not on the list of reviewed ones")


RULES: Final = (
    Rule(
        id="opaque-resource",
        family="cost",
        level=EnforcementLevel.ADVISORY,
        blocks="a resource that hides others from the rules",
        why="A chart, a module or a stack inside the stack may make what every rule here blocks.",
        fix="use plain resources (of the provider aws, helm.sh/v4 Chart), or review it and put its name on the rule's list",
        benchmarks="",
        type_pattern=_OPAQUE,
        judge=_opaque,
        settings={
            "reviewed": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Names of resources that were reviewed.",
            }
        },
    ),
)
