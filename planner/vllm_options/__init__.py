"""The options of ``vllm serve``: which there are, and what each lets whoever sets it do."""
