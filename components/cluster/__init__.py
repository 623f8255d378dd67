"""Parts of the GPU cluster."""
