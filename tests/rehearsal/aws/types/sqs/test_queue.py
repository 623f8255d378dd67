"""A queue keeps its policy when its attributes change."""

from tests.rehearsal.aws.scene import Scene, queue_policy


def test_a_changed_attribute_leaves_the_policy(stack):
    queue = Scene(stack).queue()
    policy = stack.create(
        "aws:sqs/queuePolicy:QueuePolicy", "p", queueUrl=queue.id, policy=queue_policy(queue["arn"], "Send")
    )
    queue.update(messageRetentionSeconds=600)
    assert policy.read().inputs == policy.inputs
