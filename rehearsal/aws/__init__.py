"""Emulator of AWS: a moto server that keeps its content, and the Pulumi provider that calls it."""
