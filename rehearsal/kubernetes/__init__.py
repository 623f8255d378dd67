"""Emulator of the pulumi-kubernetes provider: any object of the API, with its readiness awaited."""
