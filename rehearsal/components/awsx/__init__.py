"""Emulator of Pulumi's awsx component provider: ``awsx:ec2:Vpc``, expanded as awsx 3.8 expands it."""
