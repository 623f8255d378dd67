"""The generated Pulumi workspace of a sandbox, and the engine that runs in it."""
