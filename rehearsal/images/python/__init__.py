"""Emulator of images with Python and boto3: runs the container's own script, against moto and a small Hub."""
