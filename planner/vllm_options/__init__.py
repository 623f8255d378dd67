"""The options of ``vllm serve``: which there are, and what each lets its user do."""
