"""NVIDIA's DCGM exporter 4.8, emulated: GPUs of the node whose state follows the emulated engines."""

PORT = 9400
EXECUTABLE = "dcgm-exporter"
