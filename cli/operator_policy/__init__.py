"""The IAM policy of whoever deploys: what it must allow and why, and its documents."""
