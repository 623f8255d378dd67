"""``llm-platform``: the commands of a platform operator."""
