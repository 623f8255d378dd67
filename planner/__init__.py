"""Does the model fit, and on what: pure tables and arithmetic, without a Pulumi import."""
