"""The AWS stand-in: a moto server that keeps its content, and a Pulumi provider that speaks to it."""
