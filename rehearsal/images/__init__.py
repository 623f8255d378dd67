"""Emulators of the container images that a stack runs: one folder an image, one process a container."""
