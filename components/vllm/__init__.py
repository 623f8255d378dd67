"""Parts of a vLLM service, and the two files it runs in containers."""
