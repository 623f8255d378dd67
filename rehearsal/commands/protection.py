"""Protection from a destroy: what it must not, or does not, delete; printed before anything is deleted."""

from rehearsal.sandbox import Sandbox
from rehearsal.stacks import file_backend, stack_file
from workspace.stack_state import Resource

_CLUSTER = "aws:eks/cluster:Cluster"
_KEY = "aws:kms/key:Key"


def what_forbids(sandbox: Sandbox, stack: str) -> list[str]:
    """Return lines with the blocking reasons and how to lift them; none when a destroy may go ahead."""
    held = file_backend.read(sandbox, stack)
    if held is None:
        return []
    if teams := stack_file.teams_on(sandbox, stack):
        return [
            f"stack {stack} carries {', '.join(teams)}; nothing was deleted:",
            "  without it their load balancers and pods could not be deleted",
            *(f"  first: rehearse destroy --stack {team} --sandbox {sandbox.name}" for team in teams),
        ]
    protected = [resource for resource in held.resources if resource.protect]
    guarded = [resource for resource in held.of_type(_CLUSTER) if _truth(resource.inputs.get("deletionProtection"))]
    if not protected and not guarded:
        return []
    lines = [f"stack {stack} is protected; nothing was deleted:"]
    lines += [f"  {resource.type} {resource.name} is protected" for resource in protected]
    lines += [f"  {resource.type} {resource.name} has EKS deletion protection" for resource in guarded]
    lines.append("To lift it, set in the stack file, then `rehearse up` and `rehearse destroy` again:")
    if protected:
        lines.append("  llm-platform:protect: false")
        lines.append(
            "  (where the guardrails make model-bucket-retain mandatory, this up needs an exemption or --no-policy-pack)"
        )
    if guarded:
        lines.append("  llm-platform:cluster: {deletion_protection: false}")
    return lines + what_stays(sandbox, stack)


def what_stays(sandbox: Sandbox, stack: str) -> list[str]:
    """Return lines that list what outlives the stack on purpose."""
    held = file_backend.read(sandbox, stack)
    if held is None:
        return []
    stays = [
        f"  {resource.type} {resource.name} ({resource.id}): retained, delete it by hand when its content is not needed"
        for resource in held.resources
        if resource.custom and resource.retained
    ]
    stays += [
        f"  {_KEY} {resource.name} ({resource.id}): pending deletion for {_days(resource)} days, as KMS has it"
        for resource in held.of_type(_KEY)
        if not resource.retained
    ]
    return ["Kept on purpose after a destroy:", *stays] if stays else []


def _days(resource: Resource) -> str:
    return str(int(resource.inputs.get("deletionWindowInDays") or 30))


def _truth(value: object) -> bool:
    return value is True or value == "true"
