"""``llm-platform``: the commands for whoever operates a platform."""
