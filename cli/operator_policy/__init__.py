"""The IAM policy of a deployment role: what it must allow and why, and its documents."""
