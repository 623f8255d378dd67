"""Version of llm-platform: shown by the CLI and the portal, and a tag of the cluster; `make release` sets it."""

VERSION = "0.2.0"
VERSION_TAG = "llm-platform/version"
"""AWS tag of the EKS cluster: the version that deployed it last."""
