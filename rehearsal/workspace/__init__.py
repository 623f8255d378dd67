"""The generated Pulumi workspace of a world, and the engine that runs in it."""
