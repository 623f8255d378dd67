"""LLM gateway in front of every service: Envoy's configuration and the policy service beside it; imports nothing of ours."""
