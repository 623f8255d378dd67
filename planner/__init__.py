"""Does the model fit, on what, and what does it cost: pure tables and arithmetic, without a Pulumi import."""
