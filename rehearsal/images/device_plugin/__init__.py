"""Emulator of NVIDIA's device plugin for Kubernetes, and where the node agent finds its registration."""

FOLDER = "/var/lib/kubelet/device-plugins"
"""Folder of the node in which device plugins register."""
REGISTRATION = "nvidia-gpu.json"
"""File there that lists the node's GPUs while the plugin runs."""
