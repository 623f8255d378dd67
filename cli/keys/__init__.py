"""``llm-platform keys``: the gateway's API keys, tenants and usage."""
