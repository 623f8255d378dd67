"""How a vLLM service gets its weights from the bucket: IAM statements to read them, and the mirror that fills the prefix."""

from pathlib import Path

from components.iam import Statement
from components.serving.context import ServingContext
from components.serving.mirror import Mirror
from settings.models.services.vllm import BucketWeights, VllmSettings

MIRROR_SCRIPT = Path(__file__).parents[2] / "payloads" / "mirror_weights.py"
DEFAULT_REVISION = "main"


def weights_statements(service: VllmSettings, context: ServingContext) -> list[Statement]:
    """Permissions to read the weights; none for weights from the Hub, which need nothing in AWS."""
    weights = service.weights
    return context.bucket_access.read(weights.prefix) if isinstance(weights, BucketWeights) else []


def weights_mirror(service: VllmSettings, context: ServingContext) -> Mirror | None:
    """The copy from the Hub into the bucket; None for a service that has none."""
    weights = service.weights
    if not isinstance(weights, BucketWeights) or not weights.mirror:
        return None
    return Mirror(
        script=MIRROR_SCRIPT,
        variables={
            "MODEL": service.model,
            "REVISION": weights.revision or DEFAULT_REVISION,
            "BUCKET": context.platform.bucket_name,
            "PREFIX": weights.prefix.strip("/"),
        },
        prefix=weights.prefix,
        needs_hub_token=service.needs_hub_token,
    )
