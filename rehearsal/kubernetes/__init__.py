"""Stand-in for the pulumi-kubernetes provider: any object by server-side apply, with its readiness awaited."""
