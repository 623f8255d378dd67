"""All examples by rule."""

from tests.policies.examples import Examples
from tests.policies.examples.budget import BUDGET
from tests.policies.examples.iam import IAM
from tests.policies.examples.network import NETWORK
from tests.policies.examples.nodes import NODES
from tests.policies.examples.pods import PODS
from tests.policies.examples.storage import STORAGE
from tests.policies.examples.trust import TRUST
from tests.policies.examples.vllm_options import VLLM_OPTIONS
from tests.policies.examples.workloads import WORKLOADS

EXAMPLES: dict[str, Examples] = {
    **NETWORK,
    **NODES,
    **IAM,
    **TRUST,
    **STORAGE,
    **PODS,
    **WORKLOADS,
    **VLLM_OPTIONS,
    **BUDGET,
}
