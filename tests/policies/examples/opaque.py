"""Examples of what the other rules cannot see."""

from tests.policies.examples import Examples
from tests.policies.judging import Given, case

SEEN = (
    "aws-native:cloudwatch:Dashboard", "kubernetes:helm.sh/v4:Chart", "kubernetes:apps/v1:Deployment", "acme:index:Module2", "acme:index:Network",
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "kubernetes:gateway.k8s.aws/v1beta1:LoadBalancerConfiguration",
    "kubernetes:external-secrets.io/v1:ExternalSecret", "kubernetes:monitoring.coreos.com/v1:ServiceMonitor", "kubernetes:core/v1:Service",
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", "random:index/randomPassword:RandomPassword",
)  # fmt: skip
HIDING = (
    "aws-native:iam:Role", "aws-native:ec2:SubnetRouteTableAssociation", "aws-native:batch:ComputeEnvironment", "aws-native:sso:PermissionSet",
    "aws-native:index:ExtensionResource", "aws:cloudformation/stack:Stack", "aws:cloudcontrol/resource:Resource", "command:local:Command",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct", "pulumi-python:dynamic:Resource", "pulumi-nodejs:dynamic:Resource",
    "pulumi-python:dynamic/network:Subnets",
    # Modules of Terraform, and what they make.
    "vpc:index:Module", "eks:tf:aws_eks_node_group",
    # Resources of AWS by controllers.
    "kubernetes:eks.services.k8s.aws/v1alpha1:Nodegroup", "kubernetes:iam.aws.upbound.io/v1beta1:Policy", "kubernetes:ec2.aws.m.upbound.io/v1beta1:Subnet",
    "kubernetes:infrastructure.cluster.x-k8s.io/v1beta2:AWSManagedMachinePool", "kubernetes:kro.run/v1alpha1:ResourceGraphDefinition",
    # Pods by controllers.
    "kubernetes:ray.io/v1:RayCluster", "kubernetes:ray.io/v1:RayClusterPatch", "kubernetes:helm.sh/v3:Release", "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
    "kubernetes:helm.toolkit.fluxcd.io/v2beta2:HelmRelease", "kubernetes:argoproj.io/v1alpha1:ApplicationSet", "kubernetes:argoproj.io/v1alpha1:ApplicationList",
    "kubernetes:serving.kserve.io/v1alpha1:LLMInferenceService", "kubernetes:apps.nvidia.com/v1alpha1:NIMService",
    "kubernetes:nvidia.com/v1alpha1:DynamoGraphDeployment", "kubernetes:production-stack.vllm.ai/v1alpha1:VLLMRuntime",
    "kubernetes:serving.knative.dev/v1:Service", "kubernetes:pulumi.com/v1:Stack",
)  # fmt: skip

EXAMPLES = {
    "opaque-resource": Examples(
        passes=(
            case("reviewed", Given("kubernetes:helm.sh/v3:Release", {"chart": "x"}), reviewed=["it"]),
            *(case(type_, Given(type_, {})) for type_ in SEEN),
        ),
        fails=tuple(case(type_, Given(type_, {"items": [{}]} if type_.endswith("List") else {})) for type_ in HIDING),
        other=Given("aws:ec2/vpc:Vpc", {}),
    ),
}
