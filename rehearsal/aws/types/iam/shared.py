"""Tag operations of IAM."""

from rehearsal.aws.spec import TagCalls


def iam_tags(noun: str, parameter: str) -> TagCalls:
    """Return the tag operations of an IAM resource, whose id is the value of a parameter."""
    return TagCalls(member="Tags", add=f"tag_{noun}", remove=f"untag_{noun}", arguments={parameter: "{id}"})
