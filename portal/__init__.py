"""The self-service portal: teams ask for model endpoints; the same program deploys them, through Pulumi."""
